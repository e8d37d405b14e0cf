package wire_test

import (
	"bytes"
	"testing"

	"umqtt/harness/wire"
)

// fill reads b into the framer by Room and Took, in pieces of n bytes.
func fill(t *testing.T, f *wire.Framer, b []byte, n int) {
	t.Helper()
	for len(b) > 0 {
		room := f.Room(min(n, len(b)))
		if len(room) < min(n, len(b)) {
			t.Fatalf("room for %d bytes, want %d", len(room), min(n, len(b)))
		}
		k := copy(room, b[:min(n, len(b))])
		f.Took(k)
		b = b[k:]
	}
}

// Bytes read by way of Room are framed as those of Write are, in pieces of any size.
func TestFramerRoom(t *testing.T) {
	var stream []byte
	var want [][]byte
	for n := range 40 {
		p := (&wire.Publish{Topic: "t", Payload: make([]byte, 7*n)}).Append(nil)
		stream, want = append(stream, p...), append(want, p)
	}
	for _, piece := range []int{1, 3, 64, 1000, len(stream)} {
		var f wire.Framer
		var got [][]byte
		for rest := stream; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
			fill(t, &f, rest[:min(piece, len(rest))], piece)
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
		}
		if len(got) != len(want) {
			t.Fatalf("pieces of %d: %d frames, want %d", piece, len(got), len(want))
		}
		for i := range want {
			if !bytes.Equal(got[i], want[i]) {
				t.Errorf("pieces of %d: frame %d is % x, want % x", piece, i, got[i], want[i])
			}
		}
	}
}

// Run returns the frames since Mark, and nothing of the packet that is not whole.
func TestFramerRun(t *testing.T) {
	first, second, third := (&wire.Pingreq{}).Append(nil), (&wire.Puback{PacketID: 5}).Append(nil), (&wire.Publish{Topic: "t"}).Append(nil)
	var f wire.Framer
	fill(t, &f, bytes.Join([][]byte{first, second, third, third[:3]}, nil), 100)
	if _, err := f.Next(); err != nil {
		t.Fatal(err)
	}
	mark := f.Mark()
	if got := f.Run(mark); len(got) != 0 {
		t.Errorf("a run of % x before Next", got)
	}
	for range 3 {
		if _, err := f.Next(); err != nil {
			t.Fatal(err)
		}
	}
	run := f.Run(mark)
	if want := append(bytes.Clone(second), third...); !bytes.Equal(run, want) {
		t.Errorf("run % x, want % x", run, want)
	}
	if got := f.Rest(); !bytes.Equal(got, third[:3]) {
		t.Errorf("rest % x, want % x", got, third[:3])
	}
	if _ = append(run, 0xff); f.Rest()[0] == 0xff {
		t.Error("an append to the run writes into the rest")
	}
}

// Free releases a large buffer that is empty, and no other. The framer goes on.
func TestFramerFree(t *testing.T) {
	large := (&wire.Publish{Topic: "t", Payload: make([]byte, 10_000)}).Append(nil)
	var f wire.Framer
	capacity := func() int { return len(f.Room(0)) + len(f.Rest()) }
	f.Write(large[:9000])
	f.Free(100)
	if got := f.Rest(); !bytes.Equal(got, large[:9000]) {
		t.Fatalf("%d bytes are left of 9000", len(got))
	}
	f.Write(large[9000:])
	if frame, err := f.Next(); err != nil || !bytes.Equal(frame, large) {
		t.Fatalf("%d bytes, %v", len(frame), err)
	}
	f.Free(1 << 20)
	if n := capacity(); n < len(large) {
		t.Errorf("a buffer below the bound was released: %d bytes are left", n)
	}
	f.Free(100)
	if n := capacity(); n > 100 {
		t.Errorf("a buffer of %d bytes is left, want 100 at most", n)
	}
	f.Write(large)
	if frame, err := f.Next(); err != nil || !bytes.Equal(frame, large) {
		t.Errorf("after Free: %d bytes, %v", len(frame), err)
	}
}
