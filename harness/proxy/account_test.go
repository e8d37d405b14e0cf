package proxy

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// gone waits until the other end resets a connection, and fails if that takes too long.
func gone(t *testing.T, r io.Reader) {
	t.Helper()
	if _, err := io.ReadAll(r); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the connection ends with %v; want a reset", err)
	}
}

// A client that sends no whole packet is reset in time; one that has sent one may be silent.
func TestRelayOpenTimeout(t *testing.T) {
	const limit = 100 * time.Millisecond
	r := relay(t, Options{Upstream: echo(t), OpenTimeout: limit})
	for _, sent := range []string{"", "\x10", "\x10\x0e\x00\x04MQ"} {
		c := dial(t, r)
		if _, err := io.WriteString(c, sent); err != nil {
			t.Fatal(err)
		}
		gone(t, c)
	}
	for _, sent := range []string{"\xc0\x00", "\xc0\x00\x10", "\xff\xff\xff\xff\xff\xff"} {
		c := dial(t, r)
		if _, err := io.WriteString(c, sent); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, min(len(sent), 2))); err != nil {
			t.Errorf("%q: %v", sent, err)
		}
		c.SetReadDeadline(time.Now().Add(2 * limit))
		if _, err := c.Read(make([]byte, 10)); errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%q: it is reset", sent)
		}
	}
	if s := r.Stats(); s.Silent != 3 {
		t.Errorf("%d connections are counted as silent; want 3", s.Silent)
	}
}

// All connections together have a limit of what is in memory for them, and what has ended is off it.
func TestRelayBudget(t *testing.T) {
	r := relay(t, Options{Upstream: echo(t)})
	r.room = 100_000
	begun := append([]byte{0x30, 0xff, 0xff, 0x03}, make([]byte, 40_000)...)
	for round := range 3 {
		a, b, c := dial(t, r), dial(t, r), dial(t, r)
		a.Write(begun)
		b.Write(begun)
		wait(t, "two packets to arrive in part", func() bool { return r.counts.buffered.Load() == 2*int64(len(begun)) })
		c.Write(begun)
		gone(t, c)
		for _, c := range []*net.TCPConn{a, b} {
			c.SetLinger(0) // a reset: behind a FIN the proxy passes the part on, and the echo sends it back
			c.Close()
		}
		wait(t, "all to be forgotten", func() bool { return r.counts.buffered.Load() == 0 })
		if s := r.Stats(); s.Crowded != int64(round+1) {
			t.Errorf("%d connections are counted; want %d", s.Crowded, round+1)
		}
	}
	if got := answered(t, r, &wire.Pingreq{}); len(got) != 1 {
		t.Errorf("a connection that asks for little gets %q", got)
	}
}

func TestRelayMaxRules(t *testing.T) {
	r := relay(t, Options{})
	rule := fault.Rule{Action: fault.Drop{}}
	first, err := r.Add(rule)
	for range MaxRules - 1 {
		if err == nil {
			_, err = r.Add(rule)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Add(rule); err == nil {
		t.Error("one rule more than there may be is taken")
	}
	r.Remove(first)
	if _, err := r.Add(rule); err != nil {
		t.Errorf("behind a removal: %v", err)
	}
}
