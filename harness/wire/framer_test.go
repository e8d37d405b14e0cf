package wire_test

import (
	"bytes"
	"testing"

	"umqtt/harness/wire"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A stream comes apart into the same packets wherever it was split, and no packet has to wait for the
// bytes behind it.
func TestFramerFindsPacketsInAnySplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want [][]byte
		var stream []byte
		var ends []int
		for _, p := range rapid.SliceOfN(packets, 0, 12).Draw(t, "packets") {
			want = append(want, p.Append(nil))
			stream = p.Append(stream)
			ends = append(ends, len(stream))
		}
		var f wire.Framer
		var got [][]byte
		for at := 0; at < len(stream); {
			n := rapid.OneOf(rapid.IntRange(1, 4), rapid.IntRange(1, len(stream))).Draw(t, "split")
			n = min(n, len(stream)-at)
			chunk := bytes.Clone(stream[at : at+n])
			if m, err := f.Write(chunk); m != n || err != nil {
				t.Fatalf("Write of %d bytes: %d, %v", n, m, err)
			}
			clear(chunk) // the framer may not keep it
			at += n
			for {
				frame, err := f.Next()
				if err != nil {
					t.Fatal(err)
				}
				if frame == nil {
					break
				}
				got = append(got, bytes.Clone(frame))
			}
			if len(got) < len(ends) && ends[len(got)] <= at {
				t.Fatalf("after %d bytes packet %d is held back", at, len(got))
			}
			if done := end(ends, len(got)); !bytes.Equal(f.Rest(), stream[done:at]) {
				t.Fatalf("after %d bytes the rest is % x, want % x", at, f.Rest(), stream[done:at])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("frames (-want +got)\n%s", diff)
		}
	})
}

// end returns where the first n packets end.
func end(ends []int, n int) int {
	if n == 0 {
		return 0
	}
	return ends[n-1]
}

// Framer and Decode have the same idea of what a frame is.
func TestFramerAgreesWithDecode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.OneOf(frames, rapid.SliceOfN(rapid.Byte(), 0, 12)).Draw(t, "bytes")
		var f wire.Framer
		f.Write(b)
		frame, framing := f.Next()
		_, decoding := wire.Decode(b)
		switch {
		case framing != nil:
			if diff := cmp.Diff(framing, decoding); diff != "" {
				t.Fatalf("refused by one of them, or in another way (-Framer +Decode)\n%s", diff)
			}
		case len(frame) == len(b) && len(b) > 0: // one whole frame
			if !bytes.Equal(frame, b) || len(f.Rest()) != 0 {
				t.Fatalf("framed as % x", frame)
			}
			if v, ok := decoding.(*wire.Violation); ok && v.ID == "2.2.3-must-1" {
				t.Fatalf("a frame for Framer, and for Decode %v", v)
			}
		default: // more than a frame, or less
			if v, ok := decoding.(*wire.Violation); !ok || v.ID != "2.2.3-must-2" {
				t.Fatalf("not one frame for Framer, and for Decode %v", decoding)
			}
		}
	})
}

func TestFramerRefuses(t *testing.T) {
	tests := []struct {
		reason string
		max    int
		bytes  string
		want   *wire.Violation
	}{
		{"a fifth length byte, as soon as the fourth has come", 0, `30 ff ff ff ff`,
			&wire.Violation{ID: "2.2.3-must-1", Packet: wire.PUBLISH, Offset: 4, Found: "a remaining length that goes on in a fifth byte"}},
		{"the same under a type that is none", 0, `ff 80 80 80 80 01`,
			&wire.Violation{ID: "2.2.3-must-1", Offset: 4, Found: "a remaining length that goes on in a fifth byte"}},
		{"a length above the limit, before its bytes have come", 127, `30 80 01`,
			&wire.Violation{ID: "4.8-may-1", Packet: wire.PUBLISH, Offset: 1, Found: "a remaining length of 128, above the limit of 127"}},
	}
	for _, tt := range tests {
		f := wire.Framer{Max: tt.max}
		f.Write(frameOf(t, `c000`))
		if frame, err := f.Next(); len(frame) != 2 || err != nil {
			t.Fatalf("%s: the packet in front: % x, %v", tt.reason, frame, err)
		}
		f.Write(frameOf(t, tt.bytes))
		for range 2 { // the second time with more bytes
			frame, err := f.Next()
			if diff := cmp.Diff(error(tt.want), err); diff != "" || frame != nil {
				t.Errorf("%s: frame % x, error (-want +got)\n%s", tt.reason, frame, diff)
			}
			f.Write([]byte{0xc0, 0})
		}
		if want := append(frameOf(t, tt.bytes), 0xc0, 0, 0xc0, 0); !bytes.Equal(f.Rest(), want) {
			t.Errorf("%s: the rest is % x, want % x", tt.reason, f.Rest(), want)
		}
		f.Reset()
		f.Write([]byte{0xd0, 0})
		if frame, err := f.Next(); len(frame) != 2 || err != nil {
			t.Errorf("%s: after Reset: % x, %v", tt.reason, frame, err)
		}
	}
}

// Reset leaves nothing of the old stream, neither what was framed nor what was not.
func TestFramerReset(t *testing.T) {
	var f wire.Framer
	f.Write(frameOf(t, `c000 40 02`))
	if frame, err := f.Next(); len(frame) != 2 || err != nil {
		t.Fatalf("% x, %v", frame, err)
	}
	f.Reset()
	f.Write([]byte{0xd0, 0})
	if frame, err := f.Next(); err != nil || !bytes.Equal(frame, []byte{0xd0, 0}) {
		t.Errorf("% x, %v, want the packet of the new stream", frame, err)
	}
}

// The longest packet there is is no reason to refuse, nor one at the limit.
func TestFramerAccepts(t *testing.T) {
	f := wire.Framer{Max: 2}
	f.Write(frameOf(t, `40 02 0001 f7 00`))
	for _, want := range []string{`40 02 0001`, `f7 00`} {
		frame, err := f.Next()
		if err != nil || !bytes.Equal(frame, frameOf(t, want)) {
			t.Errorf("% x, %v, want %s: types and flags are for Decode", frame, err, want)
		}
	}
	f = wire.Framer{}
	f.Write(frameOf(t, `30 ff ff ff 7f`))
	if frame, err := f.Next(); frame != nil || err != nil {
		t.Errorf("% x, %v, want to wait for 268435455 bytes", frame, err)
	}
}

// A caller that appends to a frame does not change the bytes behind it.
func TestFrameIsClipped(t *testing.T) {
	var f wire.Framer
	f.Write(frameOf(t, `c000 d000`))
	first, _ := f.Next()
	_ = append(first, 0xff)
	if second, err := f.Next(); err != nil || !bytes.Equal(second, []byte{0xd0, 0}) {
		t.Errorf("the second frame is % x, %v", second, err)
	}
}

// Once its buffer has grown, the framer allocates nothing, and the buffer does not grow with the stream.
func TestBegun(t *testing.T) {
	whole := (&wire.Publish{Topic: "t", Payload: []byte("hi")}).Append(nil)
	for n := range whole {
		if got := wire.Begun(whole[:n]); got != (n > 0) {
			t.Errorf("%d of %d bytes: %t", n, len(whole), got)
		}
	}
	for _, b := range [][]byte{whole, append(whole, 0xc0), {0x30, 0xff, 0xff, 0xff, 0xff, 0x01}} {
		if wire.Begun(b) {
			t.Errorf("% x has begun only", b)
		}
	}
}

func TestFramerAllocatesNothing(t *testing.T) {
	var f wire.Framer
	packet := (&wire.Publish{Topic: "t", Payload: make([]byte, 200)}).Append(nil)
	half := len(packet) / 2
	f.Write(packet[:half])
	step := func() {
		f.Write(packet[half:])
		f.Write(packet[:half])
		if frame, err := f.Next(); len(frame) != len(packet) || err != nil {
			t.Fatalf("%d bytes, %v", len(frame), err)
		}
	}
	thousand := func() { // in one run, since AllocsPerRun rounds its average down
		for range 1000 {
			step()
		}
	}
	if n := testing.AllocsPerRun(1, thousand); n != 0 { // the first call, which grows the buffer, is not counted
		t.Errorf("%v allocations in 1000 packets", n)
	}
}
