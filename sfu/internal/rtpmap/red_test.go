package rtpmap

import (
	"bytes"
	"strings"
	"testing"
)

func TestREDIsLaidOutAsTheRFCSays(t *testing.T) {
	earlier := []Block{
		{Offset: 1920, Payload: []byte("older")},
		{Offset: 960, Payload: bytes.Repeat([]byte{7}, 300)},
	}
	got, ok := AppendRED([]byte("before"), 111, earlier, []byte("now"))
	want := "before" +
		"\xef\x1e\x00\x05" + // F, 111; 1920<<10 | 5
		"\xef\x0f\x01\x2c" + // F, 111; 960<<10 | 300
		"\x6f" +
		"older" + strings.Repeat("\x07", 300) + "now"
	if !ok || string(got) != want {
		t.Fatalf("%v\n%x, want\n%x", ok, got, want)
	}
	var room [8]Block
	blocks, primary, err := ReadRED(got[len("before"):], 111, room[:0])
	if err != nil || string(primary) != "now" || !sameBlocks(blocks, earlier) {
		t.Errorf("read back: %v %q %v", blocks, primary, err)
	}
}

// What the format cannot hold is left out, and what is left of nothing is
// plain Opus.
func TestREDLeavesOutWhatDoesNotFit(t *testing.T) {
	unfit := []Block{
		{Offset: 16384, Payload: []byte("too old")},
		{Offset: 960, Payload: make([]byte, 1024)},
		{Offset: 960},
	}
	dst := []byte("x")
	if got, ok := AppendRED(dst, 111, unfit, []byte("now")); ok || string(got) != "x" {
		t.Errorf("nothing usable gave %q, %v", got, ok)
	}
	largest := Block{Offset: 16383, Payload: make([]byte, 1023)}
	if got, ok := AppendRED(dst, 111, []Block{largest}, nil); ok || string(got) != "x" {
		t.Errorf("no primary gave %q, %v", got, ok)
	}
	got, ok := AppendRED(nil, 111, append(unfit, largest), []byte("now"))
	var room [1]Block
	blocks, _, err := ReadRED(got, 111, room[:])
	if !ok || err != nil || !sameBlocks(blocks, []Block{largest}) {
		t.Errorf("the largest block came back as %d blocks, %v %v", len(blocks), ok, err)
	}
}

func TestMalformedREDIsRefused(t *testing.T) {
	for _, c := range []struct{ what, packet, want string }{
		{"nothing", "", "within its headers"},
		{"half a header", "\xef\x0f\x00", "within its headers"},
		{"no last header", "\xef\x0f\x00\x01", "within its headers"},
		{"no primary", "\x6f", "without a primary"},
		{"no primary after a block", "\xef\x0f\x00\x01\x6fa", "without a primary"},
		{"a block beyond the end", "\xef\x0f\x00\x03\x6fab", "longer than its packet"},
		{"another codec", "\x80\x0f\x00\x01\x6fab", "payload type 0"},
		{"another codec last", "\xef\x0f\x00\x01\x09ab", "payload type 9"},
		{"too deep", strings.Repeat("\xef\x0f\x00\x00", 3) + "\x6fa", "too many"},
	} {
		var room [2]Block
		_, _, err := ReadRED([]byte(c.packet), 111, room[:])
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.what, err, c.want)
		}
	}
	// As Chromium sends before it has an earlier frame, and a block of nothing.
	for _, packet := range []string{"\x6fa", "\xef\x0f\x00\x00\x6fa"} {
		var room [2]Block
		if blocks, primary, err := ReadRED([]byte(packet), 111, room[:]); err != nil || len(blocks) != 0 || string(primary) != "a" {
			t.Errorf("%x: %v %q %v", packet, blocks, primary, err)
		}
	}
}

func sameBlocks(a, b []Block) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Offset != b[i].Offset || !bytes.Equal(a[i].Payload, b[i].Payload) {
			return false
		}
	}
	return true
}

// Whatever comes, parsing does not panic, what was parsed is written the same
// again, and what was written is parsed the same again.
func FuzzRED(f *testing.F) {
	f.Add([]byte("\xef\x1e\x00\x02\xef\x0f\x00\x01\x6fababc"), uint8(111), uint32(960), 1)
	f.Add([]byte("\x6fa"), uint8(111), uint32(16384), 2000)
	f.Add([]byte("\xef\x0f\x00\x00\x6fa"), uint8(111), uint32(0), 0)
	f.Fuzz(func(t *testing.T, b []byte, pt uint8, offset uint32, cut int) {
		pt &= 0x7f
		var room [8]Block
		earlier, primary, err := ReadRED(b, pt, room[:])
		if err == nil {
			empty := len(b) - len(primary) - 1
			for _, x := range earlier {
				empty -= 4 + len(x.Payload)
			}
			again, ok := AppendRED(nil, pt, earlier, primary)
			if ok != (len(earlier) > 0) || ok && empty == 0 && !bytes.Equal(again, b) {
				t.Fatalf("%x was written again as %x, %v", b, again, ok)
			}
		}

		cut = min(max(cut, 0), len(b))
		given := []Block{{Offset: offset, Payload: b[:cut]}, {Offset: offset / 2, Payload: b[cut:]}, {Offset: 1, Payload: b[cut/2 : cut]}}
		var fit []Block
		for _, x := range given {
			if x.Offset < 16384 && len(x.Payload) > 0 && len(x.Payload) < 1024 {
				fit = append(fit, x)
			}
		}
		out, ok := AppendRED(nil, pt, given, b)
		if ok != (len(fit) > 0 && len(b) > 0) {
			t.Fatalf("%d blocks fit, and it is %v", len(fit), ok)
		}
		if !ok {
			return
		}
		earlier, primary, err = ReadRED(out, pt, room[:])
		if err != nil || !sameBlocks(earlier, fit) || !bytes.Equal(primary, b) {
			t.Fatalf("%x came back as %v %x %v", out, earlier, primary, err)
		}
	})
}

func BenchmarkAppendRED(b *testing.B) {
	earlier := []Block{{Offset: 1920, Payload: make([]byte, 40)}, {Offset: 960, Payload: make([]byte, 40)}}
	primary, dst := make([]byte, 120), make([]byte, 0, 1500)
	b.ReportAllocs()
	for b.Loop() {
		AppendRED(dst, 111, earlier, primary)
	}
}

func BenchmarkReadRED(b *testing.B) {
	packet, _ := AppendRED(nil, 111, []Block{{Offset: 1920, Payload: make([]byte, 40)}, {Offset: 960, Payload: make([]byte, 40)}}, make([]byte, 120))
	var room [8]Block
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := ReadRED(packet, 111, room[:]); err != nil {
			b.Fatal(err)
		}
	}
}
