package wire_test

import (
	"bytes"
	"strings"
	"testing"

	"umqtt/harness/spec"
	"umqtt/harness/wire"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// What Append writes, Decode reads back as it was.
func TestDecodeUndoesAppend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := packets.Draw(t, "packet")
		got, err := wire.Decode(want.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	})
}

// What Decode reads, Append writes back byte for byte, but for a remaining length longer than it need be.
func TestAppendUndoesDecode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		frame := frames.Draw(t, "frame")
		p, err := wire.Decode(frame)
		if err != nil {
			return
		}
		got := p.Append(nil)
		if got[0] != frame[0] || !bytes.Equal(body(got), body(frame)) {
			t.Fatalf("% x comes back as % x", frame, got)
		}
	})
}

// body returns what stands behind the fixed header of a frame.
func body(frame []byte) []byte {
	i := 1
	for frame[i] >= 0x80 {
		i++
	}
	return frame[i+1:]
}

// Whatever the bytes, a refusal is complete: a known rule, an offset in or just behind the frame, one line.
func TestRefusalsAreComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		frame := rapid.OneOf(frames, rapid.SliceOfN(rapid.Byte(), 0, 40)).Draw(t, "frame")
		if line := wire.Describe(frame); line == "" || strings.ContainsAny(line, "\n\r\t") {
			t.Fatalf("described as %q", line)
		}
		p, err := wire.Decode(frame)
		if err == nil {
			if p == nil || p.Type() != wire.TypeOf(frame) {
				t.Fatalf("decoded as %#v", p)
			}
			return
		}
		v := err.(*wire.Violation)
		for _, id := range append([]string{v.ID}, v.Also...) {
			if _, ok := spec.Lookup(id); !ok || !v.Names(id) {
				t.Fatalf("%v names %q", v, id)
			}
		}
		if v.Names("") || v.Found == "" || v.Offset < 0 || v.Offset > len(frame) {
			t.Fatalf("%#v for a frame of %d bytes", v, len(frame))
		}
	})
}

// Get and Set together reach all there is of a packet, in whatever order.
func TestGetAndSetReachEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := packets.Draw(t, "packet")
		got := wire.New(want.Type())
		for _, f := range rapid.Permutation(wire.Fields(want.Type())).Draw(t, "order") {
			v, ok := wire.Get(want, f.Name)
			if !ok {
				t.Fatalf("no field %s", f.Name)
			}
			if err := wire.Set(got, f.Name, v); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	})
}
