package rtpmap

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// libopus decodes joined packets to the same samples as the packets one by
// one: speech at both layers' bitrates, with pauses (DTX) as they come.
func TestJoinedPacketsSoundTheSame(t *testing.T) {
	for _, tool := range []string{"espeak-ng", "opusenc", "opusdec"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s", tool)
		}
	}
	dir := t.TempDir()
	wav, coded := filepath.Join(dir, "speech.wav"), filepath.Join(dir, "speech.opus")
	tool(t, nil, "espeak-ng", "-w", wav, "Is anybody there? [[_::_::_::_::]] Come to the left side, quickly, there are four of them.")
	for _, c := range []struct {
		kbits int
		dtx   bool
	}{{12, true}, {16, true}, {16, false}, {32, true}, {48, false}} {
		args := []string{"--quiet", "--framesize", "20", "--bitrate", fmt.Sprint(c.kbits)}
		if c.dtx {
			args = append(args, "--speech", "--set-ctl-int", "4016=1") // OPUS_SET_DTX
		}
		tool(t, nil, "opusenc", append(args, wav, coded)...)
		file, err := os.ReadFile(coded)
		if err != nil {
			t.Fatal(err)
		}
		packets := unpackOgg(t, file)
		head, audio := packets[:2], packets[2:]
		pauses := 0
		for _, p := range audio {
			if len(p) <= 2 {
				pauses++
			}
		}
		if c.dtx && c.kbits < 32 && pauses == 0 {
			t.Errorf("%d kbit/s: no pause in it", c.kbits)
		}
		want := decode(t, head, audio)
		for _, n := range []int{2, 3, 6} {
			var joined [][]byte
			for at := 0; at < len(audio); {
				// Fewer where the encoder changes the configuration.
				for m := min(n, len(audio)-at); ; m-- {
					p, ok := JoinOpus(nil, audio[at:at+m])
					if ok {
						joined = append(joined, p)
						at += m
						break
					}
					if m == 1 {
						t.Fatalf("packet %d: %x does not parse", at, audio[at])
					}
				}
			}
			if len(joined) > len(audio)/n+len(audio)/5 {
				t.Errorf("%d kbit/s: %d packets by %d became %d", c.kbits, len(audio), n, len(joined))
			}
			got := decode(t, head, joined)
			if !bytes.Equal(got, want) {
				t.Errorf("%d kbit/s by %d: %d bytes of samples differ from %d", c.kbits, n, len(got), len(want))
			}
			t.Logf("%d kbit/s: %d packets (%d of a pause) by %d are %d, %d samples", c.kbits, len(audio), pauses, n, len(joined), len(got)/4)
		}
	}
}

// tool runs a program and returns its output.
func tool(t *testing.T, in []byte, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = bytes.NewReader(in)
	var says bytes.Buffer
	cmd.Stderr = &says
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, says.Bytes())
	}
	return out
}

// decode returns the samples of Opus packets as libopus decodes them.
func decode(t *testing.T, head, audio [][]byte) []byte {
	t.Helper()
	var file []byte
	var granule uint64
	for i, p := range append(append([][]byte(nil), head...), audio...) {
		kind := byte(0)
		if i == 0 {
			kind = 2 // the first page
		} else if i == len(head)+len(audio)-1 {
			kind = 4 // the last
		}
		if i >= len(head) {
			granule += uint64(OpusDuration(p))
		}
		file = appendOggPage(file, kind, granule, uint32(i), p)
	}
	return tool(t, file, "opusdec", "--quiet", "--float", "--rate", "48000", "-", "-")
}

// appendOggPage writes one packet as one page (RFC 3533 section 6).
func appendOggPage(dst []byte, kind byte, granule uint64, seq uint32, packet []byte) []byte {
	start := len(dst)
	dst = append(dst, "OggS\x00"...)
	dst = append(dst, kind)
	dst = binary.LittleEndian.AppendUint64(dst, granule)
	dst = binary.LittleEndian.AppendUint32(dst, 1) // the stream's number
	dst = binary.LittleEndian.AppendUint32(dst, seq)
	dst = append(dst, 0, 0, 0, 0, byte(len(packet)/255+1))
	for range len(packet) / 255 {
		dst = append(dst, 255)
	}
	dst = append(append(dst, byte(len(packet)%255)), packet...)
	var crc uint32
	for _, b := range dst[start:] {
		crc ^= uint32(b) << 24
		for range 8 {
			crc = crc<<1 ^ 0x04c11db7*(crc>>31)
		}
	}
	binary.LittleEndian.PutUint32(dst[start+22:], crc)
	return dst
}

// unpackOgg returns the packets of an Ogg file with one stream.
func unpackOgg(t *testing.T, b []byte) (packets [][]byte) {
	t.Helper()
	var packet []byte
	for len(b) > 0 {
		if len(b) < 27 || string(b[:4]) != "OggS" || len(b) < 27+int(b[26]) {
			t.Fatal("not an Ogg page")
		}
		lacing := b[27 : 27+int(b[26])]
		b = b[27+len(lacing):]
		for _, n := range lacing {
			packet = append(packet, b[:n]...)
			b = b[n:]
			if n < 255 {
				packets = append(packets, packet)
				packet = nil
			}
		}
	}
	if len(packets) < 3 {
		t.Fatalf("%d packets", len(packets))
	}
	return packets
}
