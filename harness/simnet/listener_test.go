package simnet_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"umqtt/harness/simnet"
)

func TestDialAccept(t *testing.T) {
	inBoth(t, func(t *testing.T, w where) {
		l := simnet.Listen("broker", 0)
		for i := range 3 {
			c, err := l.Dial(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			write(c, fmt.Sprint(i)) // before it is accepted
		}
		for i := range 3 {
			s, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 8)
			n, err := s.Read(buf)
			if want := fmt.Sprint(i); string(buf[:n]) != want || err != nil {
				t.Errorf("connection %d read %q, %v", i, buf[:n], err)
			}
			if got, want := s.RemoteAddr().String(), fmt.Sprintf("broker#%d", i+1); got != want {
				t.Errorf("connection %d comes from %q, want %q", i, got, want)
			}
			if got := s.LocalAddr(); got != l.Addr() {
				t.Errorf("connection %d is at %v, its listener at %v", i, got, l.Addr())
			}
		}
	})
}

// Accept and Dial wait; a connection, Close, or the context ends the wait.
func TestListenerWaits(t *testing.T) {
	type call func(context.Context, *simnet.Listener) error
	accept := func(ctx context.Context, l *simnet.Listener) error {
		_, err := l.AcceptContext(ctx)
		return err
	}
	dial := func(ctx context.Context, l *simnet.Listener) error {
		_, err := l.Dial(ctx)
		return err
	}
	tests := []struct {
		name string
		full bool // as many connections wait for Accept as may
		call call
		end  func(context.CancelFunc, *simnet.Listener)
		op   string
		want error
	}{
		{"accept, dialled", false, accept,
			func(_ context.CancelFunc, l *simnet.Listener) { _, _ = l.Dial(context.Background()) }, "", nil},
		{"accept, closed", false, accept,
			func(_ context.CancelFunc, l *simnet.Listener) { _ = l.Close() }, "accept", net.ErrClosed},
		{"accept, cancelled", false, accept,
			func(cancel context.CancelFunc, _ *simnet.Listener) { cancel() }, "accept", context.Canceled},
		{"dial, accepted", true, dial,
			func(_ context.CancelFunc, l *simnet.Listener) { _, _ = l.Accept() }, "", nil},
		{"dial, closed", true, dial,
			func(_ context.CancelFunc, l *simnet.Listener) { _ = l.Close() }, "dial", syscall.ECONNREFUSED},
		{"dial, cancelled", true, dial,
			func(cancel context.CancelFunc, _ *simnet.Listener) { cancel() }, "dial", context.Canceled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBoth(t, func(t *testing.T, w where) {
				l := simnet.Listen("broker", 0)
				for range 128 {
					if !tt.full {
						break
					}
					if _, err := l.Dial(context.Background()); err != nil {
						t.Fatal(err)
					}
				}
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				done := make(chan error, 1)
				go func() { done <- tt.call(ctx, l) }()
				w.settle()
				if len(done) > 0 {
					t.Fatalf("it did not wait: %v", <-done)
				}
				tt.end(cancel, l)
				err := within(t, done)
				if !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				var oe *net.OpError
				if tt.want != nil && (!errors.As(err, &oe) || oe.Op != tt.op) {
					t.Errorf("%v is not a net.OpError of %q", err, tt.op)
				}
			})
		})
	}
}

// A context that has ended already, or ends by its deadline.
func TestListenerContext(t *testing.T) {
	inBoth(t, func(t *testing.T, w where) {
		l := simnet.Listen("broker", 0)
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := l.Dial(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("Dial gave %v", err)
		}
		if _, err := l.AcceptContext(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("AcceptContext gave %v", err)
		}
		begin := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), tick)
		defer cancel()
		_, err := l.AcceptContext(ctx)
		var ne net.Error
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() {
			t.Errorf("AcceptContext gave %v", err)
		}
		w.took(t, begin, tick)
	})
}

func TestListenerClose(t *testing.T) {
	inBoth(t, func(t *testing.T, w where) {
		l := simnet.Listen("broker", 0)
		accepted, err := l.Dial(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		s, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		orphan, err := l.Dial(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := orphan.Read(make([]byte, 1)); errName(err) != "ECONNRESET" {
			t.Errorf("a connection that was not accepted reads %v", err)
		}
		write(accepted, "hi")
		if n, err := s.Read(make([]byte, 8)); n != 2 || err != nil {
			t.Errorf("an accepted connection reads %d, %v", n, err)
		}
		if _, err := l.Dial(context.Background()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("Dial gave %v", err)
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept gave %v", err)
		}
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a second Close gave %v", err)
		}
	})
}
