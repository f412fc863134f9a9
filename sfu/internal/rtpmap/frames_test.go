package rtpmap

import (
	"bytes"
	"strings"
	"testing"
)

// fill is n bytes that are not to be mistaken for another frame's.
func fill(n int, with byte) string { return strings.Repeat(string([]byte{with}), n) }

func TestOpusPacketsAreTakenApart(t *testing.T) {
	const toc = 19 << 3 // CELT, 20 ms
	for _, c := range []struct {
		what, packet string
		want         []string
	}{
		{"one frame", "\x98abc", []string{"abc"}},
		{"a frame that was not sent", "\x98", []string{""}},
		{"two of one size", "\x99abcd", []string{"ab", "cd"}},
		{"two that were not sent", "\x99", []string{"", ""}},
		{"two of different sizes", "\x9a\x01abc", []string{"a", "bc"}},
		{"the second not sent", "\x9a\x03abc", []string{"abc", ""}},
		{"a length of two bytes", "\x9a\xfd\x01" + fill(257, 'a') + "b", []string{fill(257, 'a'), "b"}},
		{"the longest", "\x9a\xff\xff" + fill(1275, 'a') + fill(1275, 'b'), []string{fill(1275, 'a'), fill(1275, 'b')}},
		{"three of one size", "\x9b\x03abcdef", []string{"ab", "cd", "ef"}},
		{"three of different sizes", "\x9b\x83\x01\x00abc", []string{"a", "", "bc"}},
		{"padding", "\x9b\x42\x03abcd\x00\x00\x00", []string{"ab", "cd"}},
		{"much padding", "\x9b\xc2\xff\x02\x01abc" + fill(256, 0), []string{"a", "bc"}},
		{"padding of no bytes", "\x9b\x41\x00abc", []string{"abc"}},
		{"six frames of 20 ms", "\x9b\x06abcdef", []string{"a", "b", "c", "d", "e", "f"}},
	} {
		p, err := ParseOpus([]byte(c.packet))
		if err != nil || p.TOC&^3 != toc || p.Len() != len(c.want) {
			t.Errorf("%s: %d frames, %v", c.what, p.Len(), err)
			continue
		}
		for i, f := range p.Frames[:p.Len()] {
			if string(f) != c.want[i] {
				t.Errorf("%s: frame %d is %q", c.what, i, f)
			}
		}
	}
}

func TestMalformedOpusIsRefused(t *testing.T) {
	for _, c := range []struct{ what, packet, want string }{
		{"nothing", "", "R1"},
		{"a frame too long", "\x98" + fill(1276, 0), "R2"},
		{"two frames too long", "\x99" + fill(2552, 0), "R2"},
		{"a second frame too long", "\x9a\x00" + fill(1276, 0), "R2"},
		{"many frames too long", "\x9b\x02" + fill(2552, 0), "R2"},
		{"a last frame too long", "\x9b\x82\x00" + fill(1276, 0), "R2"},
		{"two halves of an odd number", "\x99abc", "R3"},
		{"no first length", "\x9a", "R4"},
		{"half a first length", "\x9a\xfc", "R4"},
		{"a first frame beyond the end", "\x9a\x03ab", "R4"},
		{"no frames", "\x9b\x00", "R5"},
		{"140 ms", "\x9b\x07abcdefg", "R5"},
		{"no count", "\x9b", "R6"},
		{"frames that do not divide", "\x9b\x03abcd", "R6"},
		{"no length of the padding", "\x9b\x42", "R6"},
		{"padding beyond the end", "\x9b\x42\x03ab", "R6"},
		{"endless padding", "\x9b\x42" + fill(50, 255), "R6"},
		{"no lengths", "\x9b\x83\x01", "R7"},
		{"frames beyond the end", "\x9b\x83\x01\x02ab", "R7"},
	} {
		if _, err := ParseOpus([]byte(c.packet)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
}

func TestOpusPacketsAreJoinedInTheSmallestPacking(t *testing.T) {
	for _, c := range []struct {
		what    string
		packets []string
		want    string // empty: cannot be joined
	}{
		{"none", nil, ""},
		{"one", []string{"\x98abc"}, "\x98abc"},
		{"one with padding", []string{"\x9b\x41\x02abc\x00\x00"}, "\x98abc"},
		{"two of one size", []string{"\x98ab", "\x98cd"}, "\x99abcd"},
		{"two", []string{"\x98a", "\x98bc"}, "\x9a\x01abc"},
		{"three of one size", []string{"\x98ab", "\x98cd", "\x98ef"}, "\x9b\x03abcdef"},
		{"three", []string{"\x98a", "\x98" + fill(300, 'b'), "\x98c"}, "\x9b\x83\x01\xfc\x0ca" + fill(300, 'b') + "c"},
		{"pauses", []string{"\x98", "\x98a", "\x98"}, "\x9b\x83\x00\x01a"},
		{"nothing but pauses", []string{"\x98", "\x98", "\x98"}, "\x9b\x03"},
		{"packets of several", []string{"\x99abcd", "\x9a\x01efg", "\x9b\x02hi"}, "\x9b\x86\x02\x02\x01\x02\x01abcdefghi"},
		{"120 ms", []string{"\x99ab", "\x99cd", "\x99ef"}, "\x9b\x06abcdef"},
		{"140 ms", []string{"\x99ab", "\x99cd", "\x99ef", "\x98g"}, ""},
		{"mono and stereo", []string{"\x98ab", "\x9cab"}, ""},
		{"two bandwidths", []string{"\x98ab", "\x78ab"}, ""},
		{"one malformed", []string{"\x98ab", "\x99abc"}, ""},
		{"one empty", []string{"\x98ab", ""}, ""},
	} {
		var packets [][]byte
		for _, p := range c.packets {
			packets = append(packets, []byte(p))
		}
		got, ok := JoinOpus([]byte(">"), packets)
		if ok != (c.want != "") || string(got) != ">"+c.want {
			t.Errorf("%s: %x %v, want %x", c.what, got, ok, c.want)
		}
	}
}

// Taking apart and joining do not panic whatever comes, and what was joined is
// the same frames again, as long as all of them.
func FuzzOpusFrames(f *testing.F) {
	f.Add([]byte("\x9b\xc2\xff\x02\x01abc"+fill(256, 0)), []byte("\x9a\x01abc"), []byte("\x98"))
	f.Add([]byte("\x9b\x03abcdef"), []byte("\x99abcd"), []byte("\x98a"))
	f.Add([]byte("\x83\x80"), []byte("\x83\x98"), []byte("\x80"))
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		packets := [][]byte{a, b, c}
		var frames [][]byte
		var ticks uint32
		fit := true
		for _, x := range packets {
			p, err := ParseOpus(x)
			if err != nil {
				fit = false
				continue
			}
			if d := OpusDuration(x); d == 0 || d != uint32(p.Len())*opusFrame(x[0]) {
				t.Fatalf("%x lasts %d and has %d frames", x, d, p.Len())
			}
			frames = append(frames, p.Frames[:p.Len()]...)
			ticks += OpusDuration(x)
			fit = fit && x[0]&^3 == a[0]&^3
		}
		fit = fit && ticks <= maxOpusTicks
		out, ok := JoinOpus(nil, packets)
		if ok != fit {
			t.Fatalf("%x, %x, %x: joined is %v, want %v", a, b, c, ok, fit)
		}
		if !ok {
			return
		}
		p, err := ParseOpus(out)
		if err != nil || p.Len() != len(frames) || OpusDuration(out) != ticks || p.TOC&^3 != a[0]&^3 {
			t.Fatalf("%x: %d frames of %d, %d ticks of %d, %v", out, p.Len(), len(frames), OpusDuration(out), ticks, err)
		}
		for i, f := range p.Frames[:p.Len()] {
			if !bytes.Equal(f, frames[i]) {
				t.Fatalf("%x: frame %d is %x, was %x", out, i, f, frames[i])
			}
		}
	})
}

func BenchmarkParseOpus(b *testing.B) {
	packet := []byte("\x98" + fill(40, 'a'))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseOpus(packet); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJoinOpus(b *testing.B) {
	packets := [][]byte{[]byte("\x98" + fill(40, 'a')), []byte("\x98" + fill(38, 'b')), []byte("\x98" + fill(45, 'c'))}
	dst := make([]byte, 0, 1500)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := JoinOpus(dst, packets); !ok {
			b.Fatal("not joined")
		}
	}
}
