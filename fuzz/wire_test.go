package fuzz

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"umqtt/harness/spec"
	"umqtt/harness/wire"

	"github.com/google/go-cmp/cmp"
)

// Any bytes, as one frame and as a stream: what is refused is refused in full, what is accepted comes back
// as it was, and the framer finds the same packets in whatever pieces the stream comes. A byte of cuts is
// the size of a piece less one; the last piece is the rest.
func FuzzWireDecode(f *testing.F) {
	for _, frame := range frames() {
		f.Add(frame, []byte{0, 0, 2})
	}
	f.Add(bytes.Join(frames()[2:6], nil), []byte{6, 0, 4})
	f.Fuzz(func(t *testing.T, data, cuts []byte) {
		checkFrame(t, data)
		checkStream(t, data, cuts)
	})
}

// checkFrame holds Decode, DecodeFrom and Describe to what they promise about one frame.
func checkFrame(t *testing.T, frame []byte) {
	p, err := wire.Decode(frame)
	line := wire.Describe(frame)
	if line == "" || strings.ContainsAny(line, "\n\r\t") {
		t.Errorf("described as %q", line)
	}
	for _, dir := range []wire.Direction{wire.ToServer, wire.ToClient} {
		checkDirection(t, dir, frame, p, err)
	}
	whole := len(frame) > 0 && packetEnd(frame) == len(frame)
	if whole == strings.HasPrefix(line, "raw ") {
		t.Errorf("one whole frame: %t, described as %q", whole, line)
	}
	if err != nil {
		if p != nil {
			t.Errorf("a packet beside the error: %#v", p)
		}
		if whole && line != err.Error() {
			t.Errorf("refused with %q, described as %q", err, line)
		}
		checkViolation(t, frame, err)
		return
	}
	if !strings.HasPrefix(line, wire.TypeOf(frame).String()) {
		t.Errorf("described as %q", line)
	}
	checkPacket(t, frame, p)
}

// checkViolation holds a refusal to a known rule and an offset in the frame, or just behind it where
// something is missing.
func checkViolation(t *testing.T, frame []byte, err error) {
	v, ok := err.(*wire.Violation)
	if !ok {
		t.Fatalf("refused with a %T: %v", err, err)
	}
	for _, id := range append([]string{v.ID}, v.Also...) {
		if _, ok := spec.Lookup(id); !ok {
			t.Errorf("%v: %q is no rule", v, id)
		}
	}
	typ := wire.TypeOf(frame)
	if typ > wire.DISCONNECT {
		typ = 0
	}
	if v.Packet != typ || v.Found == "" || v.Offset < 0 || v.Offset > len(frame) {
		t.Errorf("%#v for a frame of %d bytes", v, len(frame))
	}
}

// checkDirection compares DecodeFrom with the answer of Decode.
func checkDirection(t *testing.T, dir wire.Direction, frame []byte, want wire.Packet, refused error) {
	got, err := wire.DecodeFrom(dir, frame)
	typ := wire.TypeOf(frame)
	named := typ >= wire.CONNECT && typ <= wire.DISCONNECT
	if named && !dir.Carries(typ) && packetEnd(frame) == len(frame) { // a known type is not empty
		if v, ok := err.(*wire.Violation); !ok || v.ID != "2.2.1-must-2" {
			t.Errorf("%v %v: %v, want 2.2.1-must-2", dir, typ, err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Decode and DecodeFrom %v differ (-Decode +DecodeFrom)\n%s", dir, diff)
	}
	if fmt.Sprint(refused) != fmt.Sprint(err) {
		t.Errorf("Decode: %v, DecodeFrom %v: %v", refused, dir, err)
	}
}

// checkPacket holds an accepted packet to its round trips: through Append, and field by field.
func checkPacket(t *testing.T, frame []byte, p wire.Packet) {
	again := p.Append(nil)
	back, err := wire.Decode(again)
	if err != nil {
		t.Fatalf("% x was accepted, % x is not: %v", frame, again, err)
	}
	if diff := cmp.Diff(p, back); diff != "" {
		t.Errorf("Append and Decode (-want +got)\n%s", diff)
	}
	if again[0] != frame[0] || !bytes.Equal(body(again), body(frame)) {
		t.Errorf("% x comes back as % x", frame, again)
	}
	fresh := wire.New(p.Type())
	for _, field := range wire.Fields(p.Type()) {
		v, ok := wire.Get(p, field.Name)
		switch want := goTypes[field.Kind]; {
		case !ok:
			t.Fatalf("%v: no field %s", p.Type(), field.Name)
		case v == nil && !field.Optional, v != nil && reflect.TypeOf(v) != want:
			t.Errorf("%v %s is a %T, want %v", p.Type(), field.Name, v, want)
		}
		if err := wire.Set(fresh, field.Name, struct{}{}); err == nil {
			t.Errorf("%v %s takes anything", p.Type(), field.Name)
		}
		if err := wire.Set(fresh, field.Name, v); err != nil {
			t.Errorf("Set does not take what Get gave: %v", err)
		}
		if got, _ := wire.Get(fresh, field.Name); !cmp.Equal(got, v) {
			t.Errorf("%v %s: %#v comes back as %#v", p.Type(), field.Name, v, got)
		}
	}
	if diff := cmp.Diff(p, fresh); diff != "" {
		t.Errorf("Get and Set (-want +got)\n%s", diff)
	}
}

// goTypes are the Go types in which Get passes the kinds of fields.
var goTypes = map[wire.FieldKind]reflect.Type{
	wire.Bool:    reflect.TypeFor[bool](),
	wire.Uint8:   reflect.TypeFor[int](),
	wire.Uint16:  reflect.TypeFor[int](),
	wire.Seconds: reflect.TypeFor[int](),
	wire.Text:    reflect.TypeFor[string](),
	wire.Bytes:   reflect.TypeFor[string](),
	wire.Filters: reflect.TypeFor[[]wire.Subscription](),
	wire.Texts:   reflect.TypeFor[[]string](),
	wire.Codes:   reflect.TypeFor[[]int](),
}

// checkStream holds the framer to finding the same packets however the stream is cut, and to Decode's
// notion of where a packet ends.
func checkStream(t *testing.T, data, cuts []byte) {
	want := feed(data, nil)
	if diff := cmp.Diff(want, feed(data, cuts)); diff != "" {
		t.Errorf("in one piece and in pieces (-one +pieces)\n%s", diff)
	}
	at := 0
	for _, frame := range want.Frames {
		if end := packetEnd(data[at:]); end != len(frame) || !bytes.Equal(frame, data[at:at+end]) {
			t.Fatalf("frame % x at %d of % x, where %d bytes are a packet", frame, at, data, end)
		}
		at += len(frame)
		checkFrame(t, frame)
		for _, wrong := range [][]byte{frame[:len(frame)-1], append(frame[:len(frame):len(frame)], 0)} {
			_, err := wire.Decode(wrong)
			if v, ok := err.(*wire.Violation); !ok || v.ID != "2.2.3-must-2" {
				t.Errorf("% x is a frame, but % x: %v", frame, wrong, err)
			}
		}
	}
	if !bytes.Equal(want.Rest, data[at:]) {
		t.Errorf("rest % x, want % x", want.Rest, data[at:])
	}
	if end := packetEnd(want.Rest); end > 0 && end <= len(want.Rest) || (end < 0) != (want.Err != "") {
		t.Errorf("the framer stops at % x (error %q)", want.Rest, want.Err)
	}
}

// framed is what a framer made of a stream.
type framed struct {
	Frames [][]byte
	Rest   []byte
	Err    string
}

// feed frames data in pieces, asking for frames after each of them.
func feed(data, cuts []byte) framed {
	var f wire.Framer
	var out framed
	for {
		n := len(data)
		if len(cuts) > 0 {
			n = min(n, int(cuts[0])+1)
			cuts = cuts[1:]
		}
		f.Write(data[:n])
		data = data[n:]
		for {
			frame, err := f.Next()
			if err != nil {
				out.Err = err.Error()
			}
			if frame == nil || err != nil {
				break
			}
			out.Frames = append(out.Frames, bytes.Clone(frame))
		}
		if len(data) == 0 {
			out.Rest = bytes.Clone(f.Rest())
			return out
		}
	}
}

// packetEnd returns how long the packet at the start of b is by its fixed header (section 2.2.3): 0 if
// that is not there yet, -1 if it can never be one.
func packetEnd(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	n, width := binary.Uvarint(b[1:min(len(b), 5)])
	switch {
	case width > 0:
		return 1 + width + int(n)
	case len(b) >= 5:
		return -1
	}
	return 0
}

// body returns what stands behind the fixed header of a frame.
func body(frame []byte) []byte {
	_, width := binary.Uvarint(frame[1:])
	return frame[1+width:]
}
