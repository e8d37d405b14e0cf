package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// echo is a peer that sends back what it gets, and ends when its client does.
func echo(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	return ln.Addr().String()
}

// relay starts a relay in front of an echo.
func relay(t *testing.T, o Options) *Relay {
	t.Helper()
	if o.Upstream == "" {
		o.Upstream = echo(t)
	}
	r, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// dial connects to a relay, for at most ten seconds.
func dial(t *testing.T, r *Relay) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
	return c.(*net.TCPConn)
}

// answered writes packets, ends, and returns what comes back.
func answered(t *testing.T, r *Relay, packets ...wire.Packet) []string {
	t.Helper()
	c := dial(t, r)
	var b []byte
	for _, p := range packets {
		b = p.Append(b)
	}
	c.Write(b)
	c.CloseWrite()
	all, err := io.ReadAll(c)
	got := []string{}
	var f wire.Framer
	f.Write(all)
	for p, err := f.Next(); p != nil && err == nil; p, err = f.Next() {
		got = append(got, wire.Describe(p))
	}
	if len(f.Rest()) > 0 {
		got = append(got, "part of a packet")
	}
	if err != nil {
		got = append(got, "reset")
	}
	return got
}

// refuses reports whether a relay refuses a connection, or ends it at once.
func refuses(r *Relay) bool {
	c, err := net.Dial("tcp", r.Addr())
	if err != nil {
		return true
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	_, err = c.Read(make([]byte, 1))
	return err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
}

// wait waits until done reports true.
func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 10s", what)
		}
	}
}

func TestRelayFaults(t *testing.T) {
	ping, bye := &wire.Pingreq{}, &wire.Disconnect{}
	up := fault.Match{Type: wire.PINGREQ, Dirs: fault.ToServer}
	for _, tt := range []struct {
		name   string
		action fault.Action
		want   []string
	}{
		{"drop", fault.Drop{}, []string{"DISCONNECT"}},
		{"duplicate", fault.Duplicate{}, []string{"PINGREQ", "PINGREQ", "DISCONNECT"}},
		{"swap", fault.Swap{}, []string{"DISCONNECT", "PINGREQ"}},
		{"replace", fault.Replace{With: bye.Append(nil)}, []string{"DISCONNECT", "DISCONNECT"}},
		{"split", fault.Split{Sizes: []int{1}}, []string{"PINGREQ", "DISCONNECT"}},
		{"merge", fault.Merge{}, []string{"PINGREQ", "DISCONNECT"}},
		{"delay", fault.Delay{By: 20 * time.Millisecond}, []string{"PINGREQ", "DISCONNECT"}},
		{"bandwidth", fault.Bandwidth{Rate: 100}, []string{"PINGREQ", "DISCONNECT"}},
		{"cut", fault.Cut{At: 1, How: fault.FIN}, nil},
		{"reset", fault.Cut{At: -1, How: fault.RST}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := relay(t, Options{Rules: []fault.Rule{{Match: up, Action: tt.action}}})
			got := answered(t, r, ping, bye)
			if tt.want != nil && !cmp.Equal(tt.want, got) {
				t.Errorf("came back (-want +got):\n%s", cmp.Diff(tt.want, got))
			}
			if tt.want == nil && slices.Contains(got, "DISCONNECT") {
				t.Errorf("came back %v, past the end", got)
			}
			if n := r.Rules()[0].Hits; n != 1 {
				t.Errorf("%d hits, want 1", n)
			}
			if d := cmp.Diff(map[string]int{tt.action.Name(): 1}, r.Stats().Fired); d != "" {
				t.Errorf("fired (-want +got):\n%s", d)
			}
			wait(t, "the connection is forgotten", func() bool { return r.Stats().Open == 0 })
		})
	}
}

// A rule that is released, or removed, hands over what it holds; a stall ends when it is healed.
func TestRelayControls(t *testing.T) {
	ping := (&wire.Pingreq{}).Append(nil)
	r := relay(t, Options{})
	c := dial(t, r)
	back := func() {
		t.Helper()
		if _, err := io.ReadFull(c, make([]byte, len(ping))); err != nil {
			t.Fatal(err)
		}
	}
	hold := func() int {
		id, err := r.Add(fault.Rule{Name: "h", Match: fault.Match{Dirs: fault.ToServer}, Action: fault.Hold{}})
		if err != nil {
			t.Fatal(err)
		}
		c.Write(ping)
		wait(t, "the packet is held", func() bool { return r.Rules()[0].Hits == 1 })
		return id
	}
	hold()
	if err := r.Release("h"); err != nil {
		t.Error(err)
	}
	back()
	id := hold()
	if !r.Remove(id) || r.Remove(id) {
		t.Error("a rule is removed once")
	}
	back()
	if n := r.Stats().Fired["hold"]; n != 2 {
		t.Errorf("hold fired %d times, want 2", n)
	}

	if err := r.Stall(0, fault.ToServer); err != nil {
		t.Fatal(err)
	}
	c.Write(ping)
	wait(t, "the packet has come", func() bool { return r.Stats().Sent[wire.PINGREQ] == 3 })
	if n := r.Stats().Received[wire.PINGREQ]; n != 2 {
		t.Errorf("%d packets came back through a stall, want 2", n)
	}
	r.Heal(1)
	back()

	r.Down()
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("read error %v, want a reset", err)
	}
	if !refuses(r) {
		t.Error("a connection is accepted while the peer is down")
	}
	r.Up()
	if got := answered(t, r, &wire.Pingreq{}); len(got) != 1 {
		t.Errorf("got %v behind Up", got)
	}
	if err := r.Cut(99, fault.RST); !errors.Is(err, ErrNoConn) {
		t.Errorf("Cut of no connection: %v", err)
	}
}

// A broker that is not there, too many connections, and a packet that is too long are counted.
func TestRelayRefusals(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := ln.Addr().String()
	ln.Close()
	r := relay(t, Options{Upstream: nobody})
	if !refuses(r) {
		t.Error("a connection without a broker is open")
	}
	if s := r.Stats(); s.Unreached != 1 || s.LastErr == nil || s.Opened != 0 {
		t.Errorf("%+v, want one that did not reach the broker", s)
	}

	r = relay(t, Options{MaxConns: 1, MaxPacket: 100})
	c := dial(t, r)
	wait(t, "it is open", func() bool { return r.Stats().Open == 1 })
	if !refuses(r) {
		t.Error("a second connection is open")
	}
	c.Write((&wire.Publish{Topic: "t", Payload: make([]byte, 200)}).Append(nil))
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("a packet that is too long passes")
	}
	if s := r.Stats(); s.Full != 1 || s.TooLong != 1 {
		t.Errorf("%+v, want one of each", s)
	}
}

// A relay or a proxy that is told to listen where it cannot says so, and so does a relay with a rule that is wrong.
func TestListenWhereItCannot(t *testing.T) {
	for _, addr := range []string{"127.0.0.1", "127.0.0.1:nothing", "127.0.0.1:99999", "192.0.2.1:0"} {
		if r, err := Start(t.Context(), Options{Listen: addr, Upstream: "127.0.0.1:1"}); err == nil {
			t.Errorf("a relay listens on %s in place of %s", r.Addr(), addr)
			r.Close()
		}
		if p, err := ListenTCP(Config{Engine: fault.NewEngine(1), Listen: addr}); err == nil {
			t.Errorf("a proxy listens on %s in place of %s", p.Addr(), addr)
			p.Close()
		}
	}
	if r, err := Start(t.Context(), Options{Upstream: "127.0.0.1:1", Rules: []fault.Rule{{Action: fault.Cut{}}}}); err == nil {
		t.Error("a relay starts with a rule that is wrong")
		r.Close()
	}
}

// A client that does not read is read no further: what waits is bounded.
func TestRelayBackpressure(t *testing.T) {
	r := relay(t, Options{})
	c := dial(t, r)
	wait(t, "it is open", func() bool { return r.Stats().Open == 1 })
	r.Stall(1, fault.ToServer)
	c.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	block := (&wire.Publish{Topic: "t", Payload: make([]byte, 60_000)}).Append(nil)
	sent := 0
	for sent < 64<<20 {
		n, err := c.Write(block)
		if sent += n; err != nil {
			break
		}
	}
	if n := r.Stats().SentBytes; n > 4<<20 || sent >= 64<<20 {
		t.Errorf("%d bytes were read into a stall, of %d written", n, sent)
	}
}

// A client that speaks no TLS is turned away, and nobody is dialled for it.
func TestRelayTLSHandshakeFails(t *testing.T) {
	var dials atomic.Int64
	cert := selfSigned(t)
	r := relay(t, Options{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, Dial: func(context.Context) (net.Conn, error) {
		dials.Add(1)
		return nil, errors.New("nobody is to be dialled")
	}})
	c := dial(t, r)
	c.Write([]byte("\x10\x0e\x00\x04MQTT\x04\x02\x00\x00\x00\x02c1"))
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection of a client that speaks no TLS stays open: %v", err)
	}
	r.Close()
	if s := r.Stats(); s.Handshakes != 1 || s.Unreached != 0 || dials.Load() != 0 {
		t.Errorf("%d handshakes have failed, %d servers were not reached, %d were dialled; want 1, 0, 0", s.Handshakes, s.Unreached, dials.Load())
	}
}
