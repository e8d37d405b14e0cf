package simnet_test

import (
	"io"
	"testing"
	"time"

	"umqtt/harness/simnet"
)

// A write buffer bounds one direction. A write beyond it waits until the other end reads, the deadline
// passes, or the bound is lifted or widened; in a bubble the wait blocks durably.
func TestWriteBuffer(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(own, peer *simnet.Conn) // ends the wait of a write of 8 bytes, of which 4 found room
		want result
		left string // what is then pending
	}{
		{"the other end reads", func(_, peer *simnet.Conn) { _, _ = io.ReadFull(peer, make([]byte, 4)) }, result{8, ""}, "5678"},
		{"the bound is lifted", func(own, _ *simnet.Conn) { _ = own.SetWriteBuffer(0) }, result{8, ""}, "12345678"},
		{"a negative bound is none", func(own, _ *simnet.Conn) { _ = own.SetWriteBuffer(-1) }, result{8, ""}, "12345678"},
		{"the bound is wide enough", func(own, _ *simnet.Conn) { _ = own.SetWriteBuffer(8) }, result{8, ""}, "12345678"},
		{"the deadline passes", func(own, _ *simnet.Conn) { _ = own.SetWriteDeadline(time.Now().Add(tick)) }, result{4, "TIMEOUT"}, "1234"},
		{"reset", func(_, peer *simnet.Conn) { _ = peer.Reset() }, result{4, "ECONNRESET"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBoth(t, func(t *testing.T, w where) {
				own, peer := simnet.Pipe(0)
				if err := own.SetWriteBuffer(4); err != nil {
					t.Fatal(err)
				}
				if n, err := peer.Write(make([]byte, 100)); n != 100 || err != nil {
					t.Errorf("the other direction is bounded: %d, %v", n, err)
				}
				done := start(own.Write, []byte("12345678"))
				w.settle()
				if len(done) > 0 {
					t.Fatalf("Write did not wait: %v", <-done)
				}
				tt.end(own, peer)
				if got := within(t, done); got != tt.want {
					t.Errorf("Write gave %v, want %v", got, tt.want)
				}
				buf := make([]byte, 16)
				if n, _ := peer.TryRead(buf); string(buf[:n]) != tt.left {
					t.Errorf("pending is %q, want %q", buf[:n], tt.left)
				}
			})
		})
	}
}

// A bound below what is pending loses nothing, and no write finds room until that much was read.
func TestWriteBufferBelowPending(t *testing.T) {
	inBoth(t, func(t *testing.T, w where) {
		own, peer := simnet.Pipe(0)
		if _, err := own.Write([]byte("123456")); err != nil {
			t.Fatal(err)
		}
		if err := own.SetWriteBuffer(3); err != nil {
			t.Fatal(err)
		}
		done := start(own.Write, []byte("7"))
		w.settle()
		buf := make([]byte, 3)
		if n, err := peer.Read(buf); n != 3 || err != nil {
			t.Fatalf("Read gave %d, %v", n, err)
		}
		w.settle()
		if len(done) > 0 {
			t.Fatalf("there is no room, but Write gave %v", <-done)
		}
		if n, err := peer.Read(buf[:1]); n != 1 || err != nil {
			t.Fatalf("Read gave %d, %v", n, err)
		}
		if got, want := within(t, done), (result{1, ""}); got != want {
			t.Errorf("Write gave %v, want %v", got, want)
		}
		rest := make([]byte, 16)
		if n, err := peer.Read(rest); string(rest[:n]) != "567" || err != nil {
			t.Errorf("Read gave %q, %v, want 567", rest[:n], err)
		}
	})
}

// A closed end has no buffer to bound.
func TestWriteBufferClosed(t *testing.T) {
	own, _ := simnet.Pipe(0)
	_ = own.Close()
	if got := errName(own.SetWriteBuffer(1)); got != "CLOSED" {
		t.Errorf("SetWriteBuffer gave %s, want CLOSED", got)
	}
}
