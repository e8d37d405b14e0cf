package proxy_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/proxy"
	"umqtt/harness/wire"
)

// buffer is the bound of the tests below, large is a PUBLISH that it does not hold.
const buffer = 4096

var large = (&wire.Publish{Topic: "t", Payload: []byte(strings.Repeat("x", 1<<20))}).Append(nil)

// boundedWorlds runs a test with each driver with a buffer, and with a peer that is the caller. now is the clock of the
// test.
func boundedWorlds(t *testing.T, test func(t *testing.T, l proxy.Link, rec *capture.Recorder)) {
	t.Run("stepper", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			cfg, rec := config(nil)
			cfg.Buffer = buffer
			s := proxy.NewStepper(cfg, nil)
			test(t, s, rec)
			s.Close()
		})
	})
	t.Run("tcp", func(t *testing.T) {
		cfg, rec := config(nil)
		cfg.Buffer = buffer
		p, err := proxy.ListenTCP(cfg)
		if err != nil {
			t.Fatal(err)
		}
		test(t, p, rec)
		p.Close()
	})
}

// A write is what came of a Write in a goroutine of its own.
type write struct {
	n   int
	err error
}

func writes(nc net.Conn, b []byte) <-chan write {
	done := make(chan write, 1)
	go func() {
		n, err := nc.Write(b)
		done <- write{n, err}
	}()
	return done
}

func dialed(t *testing.T, l proxy.Link) net.Conn {
	t.Helper()
	nc, err := l.Dial(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if !l.Await(func() bool { return l.Conns() == 1 }, 5*time.Second) {
		t.Fatal("no connection")
	}
	return nc
}

// sentPackets are the types of the packets that the subject has sent.
func sentPackets(rec *capture.Recorder) (types []wire.Type) {
	for _, r := range rec.Since(0) {
		if r.Kind == capture.Sent && len(r.Data) > 0 {
			types = append(types, wire.TypeOf(r.Data))
		}
	}
	return types
}

// A stalled reader reaches the subject's Write: its deadline ends it, and what the buffers do not hold was not written.
func TestStalledReaderBlocksTheWriter(t *testing.T) {
	boundedWorlds(t, func(t *testing.T, l proxy.Link, rec *capture.Recorder) {
		nc := dialed(t, l)
		if err := l.Stall(1, fault.ToServer); err != nil {
			t.Fatal(err)
		}
		nc.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		n, err := nc.Write(large)
		t.Logf("the buffers hold %d bytes", n)
		if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n > len(large)/2 {
			t.Fatalf("%d bytes written, error %v", n, err)
		}
		l.Heal(1)
		nc.Close()
		if !l.Await(func() bool { return len(l.Open()) == 0 }, 5*time.Second) {
			t.Fatal("the end of the connection does not show")
		}
		if got := sentPackets(rec); len(got) != 1 || got[0] != wire.PUBLISH {
			t.Errorf("sent %v", got) // the part that was written
		}
	})
}

// Without a heal, Drain shows the end of a connection that nobody reads.
func TestDrain(t *testing.T) {
	boundedWorlds(t, func(t *testing.T, l proxy.Link, _ *capture.Recorder) {
		nc := dialed(t, l)
		l.Stall(1, fault.ToServer)
		nc.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
		nc.Write(large)
		nc.Close()
		l.Drain()
		if !l.Await(func() bool { return len(l.Open()) == 0 }, 5*time.Second) {
			t.Fatal("the end of the connection does not show")
		}
	})
}

// A slow line takes as long as its rate says, and the write waits that long, but for what the buffers hold.
func TestSlowLineSlowsTheWriter(t *testing.T) {
	boundedWorlds(t, func(t *testing.T, l proxy.Link, rec *capture.Recorder) {
		nc := dialed(t, l)
		l.Arm(fault.Rule{Action: fault.Bandwidth{Rate: 2 << 20}, Match: fault.Match{Dirs: fault.ToServer}})
		begin := time.Now()
		done := writes(nc, large)
		l.Await(func() bool { return len(sentPackets(rec)) == 1 }, 10*time.Second)
		if w := <-done; w.n != len(large) || w.err != nil {
			t.Fatalf("%d bytes written, error %v", w.n, w.err)
		}
		if took := time.Since(begin); took < 400*time.Millisecond || took > 5*time.Second {
			t.Errorf("it took %v at a rate of half a second", took)
		}
	})
}

// A cut within a packet comes while the packet is being written.
func TestCutWhileWriting(t *testing.T) {
	boundedWorlds(t, func(t *testing.T, l proxy.Link, rec *capture.Recorder) {
		nc := dialed(t, l)
		l.Arm(fault.Rule{Match: fault.Match{Type: wire.PUBLISH}, Action: fault.Cut{At: 60_000, How: fault.RST}})
		done := writes(nc, large)
		if !l.Await(func() bool { return l.Ended(1) }, 5*time.Second) {
			t.Fatal("it was not cut")
		}
		w := <-done
		if !errors.Is(w.err, syscall.ECONNRESET) && !errors.Is(w.err, syscall.EPIPE) || w.n >= len(large) {
			t.Errorf("%d bytes written, error %v", w.n, w.err)
		}
		rec.Freeze()
		var events []string
		for _, r := range rec.Since(0) {
			if r.Kind == capture.Event {
				events = append(events, r.Text)
			}
			if r.Kind == capture.Sent && (len(r.Data) < 60_000 || len(r.Data) > 60_000+2*buffer) {
				t.Errorf("%d bytes were read", len(r.Data))
			}
		}
		if len(events) != 1 || events[0] != "fault cut rst at byte 60000 of > PUBLISH, which is not whole yet" {
			t.Errorf("events %q", events)
		}
	})
}

// A stall at a packet begins with the packet, and what it has stopped goes on behind a heal.
func TestStallWhileWriting(t *testing.T) {
	boundedWorlds(t, func(t *testing.T, l proxy.Link, rec *capture.Recorder) {
		nc := dialed(t, l)
		l.Arm(fault.Rule{Match: fault.Match{Type: wire.PUBLISH, Nth: 1}, Action: fault.Stall{Dirs: fault.ToServer}})
		done := writes(nc, large)
		l.Await(func() bool { return false }, 200*time.Millisecond)
		select {
		case w := <-done:
			t.Fatalf("%d bytes written although nobody reads, error %v", w.n, w.err)
		default:
		}
		l.Heal(1)
		if !l.Await(func() bool { return len(sentPackets(rec)) == 1 }, 5*time.Second) {
			t.Fatal("it does not go on")
		}
		if w := <-done; w.err != nil {
			t.Error(w.err)
		}
		done = writes(nc, large) // the rule is for the first packet
		if !l.Await(func() bool { return len(sentPackets(rec)) == 2 }, 5*time.Second) {
			t.Fatal("the second packet has not come")
		}
		<-done
	})
}

// Packets on a bounded connection arrive whole, whatever the rule.
func TestBoundedPassesAll(t *testing.T) {
	boundedWorlds(t, func(t *testing.T, l proxy.Link, rec *capture.Recorder) {
		nc := dialed(t, l)
		l.Arm(fault.Rule{Match: fault.Match{Type: wire.PINGREQ}, Action: fault.Delay{By: 10 * time.Millisecond}})
		done := writes(nc, append(append(pingreq(), large...), pingreq()...))
		want := []wire.Type{wire.PINGREQ, wire.PUBLISH, wire.PINGREQ}
		if !l.Await(func() bool { return len(sentPackets(rec)) == len(want) }, 5*time.Second) {
			t.Fatalf("sent %v", sentPackets(rec))
		}
		<-done
		nc.Close()
		l.Await(func() bool { return len(l.Open()) == 0 }, 5*time.Second)
		if n, err := io.ReadAll(nc); len(n) > 0 || err == nil {
			t.Errorf("read %d bytes from a closed connection", len(n))
		}
	})
}

func pingreq() []byte { return (&wire.Pingreq{}).Append(nil) }
