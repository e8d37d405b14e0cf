package mutant_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// TryRead never waits, and hands over whole packets only, in as many reads as it takes.
func TestTryRead(t *testing.T) {
	inBoth(t, func(t *testing.T, n network) {
		l := n.connect(tampering(fault.Match{Type: wire.PINGRESP}, fault.Drop{}))
		l.subject.SetReadDeadline(time.Unix(1, 0)) // does not apply
		try := func(size int, want []byte, wantErr error) {
			t.Helper()
			n.settle()
			b := make([]byte, size)
			if k, err := l.subject.TryRead(b); string(b[:k]) != string(want) || err != wantErr {
				t.Errorf("TryRead: % x, %v; want % x, %v", b[:k], err, want, wantErr)
			}
		}
		try(9, nil, nil)
		n.write(l.peer, pong, hi[:5])
		try(9, nil, nil)
		n.write(l.peer, hi[5:])
		try(3, hi[:3], nil)
		try(99, hi[3:], nil)
		try(9, nil, nil)
		l.peer.Close()
		try(9, nil, io.EOF)
		try(9, nil, io.EOF)
		l.subject.Close()
		if k, err := l.subject.TryRead(make([]byte, 1)); k != 0 || !errors.Is(err, net.ErrClosed) {
			t.Errorf("TryRead after Close: %d, %v", k, err)
		}
	})
}

// opaque is a connection that offers no way to read without waiting.
type opaque struct{ net.Conn }

func TestTryReadUnsupported(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	n := network{t: t, pair: func() (net.Conn, net.Conn) { return opaque{a}, b }}
	if _, err := n.connect(asIs()).subject.TryRead(make([]byte, 1)); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("TryRead: %v, want ErrUnsupported", err)
	}
}

// A read deadline ends a Read that waits, at its instant; once it has passed, Read fails with bytes there.
func TestReadDeadline(t *testing.T) {
	inBoth(t, func(t *testing.T, n network) {
		l := n.connect(asIs())
		start := time.Now()
		l.subject.SetReadDeadline(start.Add(30 * time.Millisecond))
		if _, err := l.subject.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read: %v, want a passed deadline", err)
		}
		if d := time.Since(start); d < 30*time.Millisecond || n.bubble && d != 30*time.Millisecond {
			t.Errorf("the deadline of 30ms passed after %v", d)
		}
		n.write(l.peer, bytesOf(hi, hi))
		b := make([]byte, 1)
		if _, err := l.subject.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read of what is there: %v, want a passed deadline", err)
		}
		l.subject.SetDeadline(time.Time{})
		if k, err := l.subject.Read(b); k != 1 || err != nil {
			t.Fatalf("Read without a deadline: %d, %v", k, err)
		}
		l.subject.SetReadDeadline(time.Unix(1, 0))
		if _, err := l.subject.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read of what was framed already: %v, want a passed deadline", err)
		}
		n.wants(l.subject, bytesOf(hi[1:], hi), "")
	})
}

// TryRead leaves the deadline of reads that wait as it was.
func TestTryReadKeepsDeadline(t *testing.T) {
	inBoth(t, func(t *testing.T, n network) {
		l := n.connect(asIs())
		l.subject.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
		if k, err := l.subject.TryRead(make([]byte, 1)); k != 0 || err != nil {
			t.Fatalf("TryRead: %d, %v", k, err)
		}
		failed := make(chan error, 1)
		go func() {
			_, err := l.subject.Read(make([]byte, 1))
			failed <- err
		}()
		select {
		case err := <-failed:
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("Read: %v, want a passed deadline", err)
			}
		case <-time.After(10 * time.Second):
			l.subject.Close()
			t.Error("Read went on beyond its deadline")
		}
	})
}

// A deadline that is set while a Read waits ends it, and loses nothing.
func TestDeadlineInterruptsRead(t *testing.T) {
	inBoth(t, func(t *testing.T, n network) {
		l := n.connect(asIs())
		n.write(l.peer, hi[:5])
		failed := make(chan error, 1)
		go func() {
			_, err := l.subject.Read(make([]byte, 99))
			failed <- err
		}()
		n.settle()
		l.subject.SetReadDeadline(time.Unix(1, 0))
		if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read: %v, want a passed deadline", err)
		}
		n.write(l.peer, hi[5:])
		n.wants(l.subject, hi, "")
	})
}
