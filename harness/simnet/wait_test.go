package simnet_test

import (
	"bytes"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/harness/simnet"
)

// A Read that waits is woken by whatever ends its wait.
func TestWaitingRead(t *testing.T) {
	tests := []struct {
		name string
		end  func(own, peer *simnet.Conn)
		want result
	}{
		{"bytes", func(_, peer *simnet.Conn) { _, _ = peer.Write([]byte("hi")) }, result{2, ""}},
		{"fin by half-close", func(_, peer *simnet.Conn) { _ = peer.CloseWrite() }, result{0, "EOF"}},
		{"fin by close", func(_, peer *simnet.Conn) { _ = peer.Close() }, result{0, "EOF"}},
		{"rst", func(_, peer *simnet.Conn) { _ = peer.Reset() }, result{0, "ECONNRESET"}},
		{"own close", func(own, _ *simnet.Conn) { _ = own.Close() }, result{0, "CLOSED"}},
		{"own reset", func(own, _ *simnet.Conn) { _ = own.Reset() }, result{0, "CLOSED"}},
		{"deadline put into the past", func(own, _ *simnet.Conn) { _ = own.SetReadDeadline(time.Unix(1, 0)) }, result{0, "TIMEOUT"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBoth(t, func(t *testing.T, w where) {
				own, peer := simnet.Pipe(0)
				done := start(own.Read, make([]byte, 8))
				w.settle()
				if len(done) > 0 {
					t.Fatalf("Read did not wait: %v", <-done)
				}
				tt.end(own, peer)
				if got := within(t, done); got != tt.want {
					t.Errorf("Read gave %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// A Write that waits for room has put four of its eight bytes. What ends its
// wait decides how many it reports.
func TestWaitingWrite(t *testing.T) {
	tests := []struct {
		name string
		end  func(own, peer *simnet.Conn)
		want result
	}{
		{"room", func(_, peer *simnet.Conn) { _, _ = io.ReadFull(peer, make([]byte, 4)) }, result{8, ""}},
		{"rst by close with unread input", func(_, peer *simnet.Conn) { _ = peer.Close() }, result{4, "ECONNRESET"}},
		{"rst after fin", func(_, peer *simnet.Conn) {
			_ = peer.CloseWrite()
			_ = peer.Reset()
		}, result{4, "EPIPE"}},
		{"own close", func(own, _ *simnet.Conn) { _ = own.Close() }, result{4, "CLOSED"}},
		{"own half-close", func(own, _ *simnet.Conn) { _ = own.CloseWrite() }, result{4, "EPIPE"}},
		{"deadline put into the past", func(own, _ *simnet.Conn) { _ = own.SetWriteDeadline(time.Unix(1, 0)) }, result{4, "TIMEOUT"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBoth(t, func(t *testing.T, w where) {
				own, peer := simnet.Pipe(4)
				done := start(own.Write, []byte("12345678"))
				w.settle()
				if len(done) > 0 {
					t.Fatalf("Write did not wait: %v", <-done)
				}
				tt.end(own, peer)
				if got := within(t, done); got != tt.want {
					t.Errorf("Write gave %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// Without a limit no write waits, however little is read.
func TestUnboundedWriteNeverWaits(t *testing.T) {
	inBoth(t, func(t *testing.T, w where) {
		own, peer := simnet.Pipe(0)
		sent := bytes.Repeat([]byte("0123456789"), 100_000)
		for _, part := range [][]byte{sent[:1], sent[1:777], sent[777:]} {
			if n, err := own.Write(part); n != len(part) || err != nil {
				t.Fatalf("Write gave %d, %v", n, err)
			}
		}
		if err := own.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(peer)
		if err != nil || !bytes.Equal(got, sent) {
			t.Errorf("read %d bytes, %v: not the %d sent", len(got), err, len(sent))
		}
	})
}

// Concurrent writes that must wait for room come out one after the other.
func TestWritesDoNotInterleave(t *testing.T) {
	inBoth(t, func(t *testing.T, w where) {
		own, peer := simnet.Pipe(3)
		const size = 100
		var writers sync.WaitGroup
		for b := byte('a'); b < 'f'; b++ {
			writers.Go(func() { _, _ = own.Write(bytes.Repeat([]byte{b}, size)) })
		}
		w.settle() // all of them wait
		go func() {
			writers.Wait()
			_ = own.Close()
		}()
		got, err := io.ReadAll(peer)
		if err != nil || len(got) != 5*size {
			t.Fatalf("read %d bytes, %v", len(got), err)
		}
		for i := 0; i < len(got); i += size {
			if n := bytes.Count(got[i:i+size], got[i:i+1]); n != size {
				t.Errorf("write %d is mixed with another: %q", i/size, got[i:i+size])
			}
		}
	})
}

// The turn goes on to the next writer when a write is done, not only when the
// reader reads again.
func TestTurnIsHandedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own, peer := simnet.Pipe(4)
		first := start(own.Write, []byte("abcde"))
		synctest.Wait()
		second := start(own.Write, []byte("x"))
		synctest.Wait()
		// Reading wakes both. The callback keeps the first in its write until
		// the second has seen that the turn is still taken.
		peer.OnReadable(func() { time.Sleep(time.Millisecond) })
		if n, err := peer.Read(make([]byte, 4)); n != 4 || err != nil {
			t.Fatalf("Read gave %d, %v", n, err)
		}
		time.Sleep(time.Second)
		if len(first) != 1 || len(second) != 1 {
			t.Errorf("there is room, but writers wait: done %d and %d", len(first), len(second))
		}
		_ = own.Close()
	})
}

// A writer that waits for its turn obeys its deadline and close.
func TestWaitingForTheTurn(t *testing.T) {
	inBoth(t, func(t *testing.T, w where) {
		own, peer := simnet.Pipe(1)
		first := start(own.Write, []byte("12"))
		w.settle()
		second := start(own.Write, []byte("34"))
		w.settle()
		if err := own.Close(); err != nil {
			t.Fatal(err)
		}
		if got, want := within(t, first), (result{1, "CLOSED"}); got != want {
			t.Errorf("the first writer got %v, want %v", got, want)
		}
		if got, want := within(t, second), (result{0, "CLOSED"}); got != want {
			t.Errorf("the second writer got %v, want %v", got, want)
		}
		if got, err := io.ReadAll(peer); string(got) != "1" || err != nil {
			t.Errorf("the other end read %q, %v", got, err)
		}
	})
}
