package proxy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/proxy"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// driver is one of the two worlds, with a peer that accepts what the proxy dials.
type driver struct {
	link   proxy.Link
	rec    *capture.Recorder
	peer   func() net.Conn // the newest connection the proxy has opened to the peer
	settle func()          // lets all that was written arrive
	close  func()
}

// inBothWorlds runs a test with each driver.
func inBothWorlds(t *testing.T, test func(t *testing.T, d *driver)) {
	t.Run("stepper", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ln := simnet.Listen("peer", 0)
			cfg, rec := config(func(ctx context.Context) (net.Conn, error) { return ln.Dial(ctx) })
			s := proxy.NewStepper(cfg, nil)
			d := &driver{link: s, rec: rec, settle: synctest.Wait, close: func() { s.Close(); ln.Close() }}
			d.peer = acceptor(ln)
			test(t, d)
			d.close()
		})
	})
	t.Run("tcp", func(t *testing.T) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		cfg, rec := config(func(context.Context) (net.Conn, error) { return net.Dial("tcp", ln.Addr().String()) })
		p, err := proxy.ListenTCP(cfg)
		if err != nil {
			t.Fatal(err)
		}
		d := &driver{link: p, rec: rec, settle: func() {}, close: func() { p.Close(); ln.Close() }}
		d.peer = acceptor(ln)
		test(t, d)
		d.close()
	})
}

func config(dial func(context.Context) (net.Conn, error)) (proxy.Config, *capture.Recorder) {
	rec := capture.NewRecorder("test", func() time.Duration { return 0 })
	return proxy.Config{Engine: fault.NewEngine(1), Recorder: rec, Peer: dial}, rec
}

func acceptor(ln net.Listener) func() net.Conn {
	conns := make(chan net.Conn, 16)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			conns <- c
		}
	}()
	return func() net.Conn { return <-conns }
}

// sink reads a connection to its end.
type sink struct {
	mu  sync.Mutex
	got []byte
	end string // "" while it is open, then FIN or RST
}

func drain(c net.Conn, wake func()) *sink {
	s := &sink{}
	go func() {
		buf := make([]byte, 1024)
		for {
			n, err := c.Read(buf)
			s.mu.Lock()
			s.got = append(s.got, buf[:n]...)
			switch {
			case err == io.EOF:
				s.end = "FIN"
			case errors.Is(err, syscall.ECONNRESET):
				s.end = "RST"
			case err != nil:
				s.end = err.Error()
			}
			s.mu.Unlock()
			wake()
			if err != nil {
				return
			}
		}
	}()
	return s
}

// state describes what has arrived, packet by packet.
func (s *sink) state() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := describe(s.got)
	if s.end != "" {
		lines = append(lines, s.end)
	}
	return lines
}

func describe(b []byte) []string {
	var lines []string
	var f wire.Framer
	f.Write(b)
	for {
		p, err := f.Next()
		if err != nil || p == nil {
			break
		}
		lines = append(lines, wire.Describe(p))
	}
	if len(f.Rest()) > 0 {
		lines = append(lines, fmt.Sprintf("% x", f.Rest()))
	}
	return lines
}

func pubacks(ids ...uint16) []byte {
	var b []byte
	for _, id := range ids {
		b = (&wire.Puback{PacketID: id}).Append(b)
	}
	return b
}

// Both drivers hand the same bytes and endings to both ends, whatever the faults.
func TestDriversAgree(t *testing.T) {
	var all []string
	for id := range 3 {
		all = append(all, fmt.Sprintf("PUBACK id=%d", id+1))
	}
	one := fault.Match{Dirs: fault.ToServer, Nth: 2}
	for _, tt := range []struct {
		name        string
		rules       []fault.Rule
		atPeer      []string // of PUBACK 1 2 3 that the subject sends
		atSubject   []string // of PUBACK 1 2 3 that the peer sends
		oneWayOnly  bool     // the peer sends nothing, for what it sent could be lost or not
		subjectEnds bool
	}{
		{name: "nothing", atPeer: all, atSubject: all},
		{name: "drop", rules: []fault.Rule{{Match: one, Action: fault.Drop{}}}, atPeer: []string{all[0], all[2]}, atSubject: all},
		{name: "delay", rules: []fault.Rule{{Match: one, Action: fault.Delay{By: 10 * time.Millisecond}}}, atPeer: all, atSubject: all},
		{name: "duplicate", rules: []fault.Rule{{Match: one, Action: fault.Duplicate{}}}, atPeer: []string{all[0], all[1], all[1], all[2]}, atSubject: all},
		{name: "swap", rules: []fault.Rule{{Match: one, Action: fault.Swap{}}}, atPeer: []string{all[0], all[2], all[1]}, atSubject: all},
		{name: "corrupt", rules: []fault.Rule{{Match: one, Action: fault.Corrupt{Byte: 3, Xor: 8}}}, atPeer: []string{all[0], "PUBACK id=10", all[2]}, atSubject: all},
		{name: "replace", rules: []fault.Rule{{Match: one, Action: fault.Replace{With: []byte{0xc0, 0}}}}, atPeer: []string{all[0], "PINGREQ", all[2]}, atSubject: all},
		{name: "set", rules: []fault.Rule{{Match: one, Action: fault.Set{Fields: map[string]any{"packet_id": 9}}}}, atPeer: []string{all[0], "PUBACK id=9", all[2]}, atSubject: all},
		{name: "inject", rules: []fault.Rule{{Match: one, Action: fault.Inject{Data: []byte{0xc0, 0}}}}, atPeer: []string{all[0], all[1], "PINGREQ", all[2]}, atSubject: all},
		{name: "split", rules: []fault.Rule{{Action: fault.Split{Sizes: []int{1}}}}, atPeer: all, atSubject: all},
		{name: "merge", rules: []fault.Rule{{Action: fault.Merge{Count: 3}}}, atPeer: all, atSubject: all},
		{name: "latency", rules: []fault.Rule{{Action: fault.Latency{By: 5 * time.Millisecond}}}, atPeer: all, atSubject: all},
		{name: "jitter", rules: []fault.Rule{{Action: fault.Jitter{Max: 5 * time.Millisecond}}}, atPeer: all, atSubject: all},
		{name: "bandwidth", rules: []fault.Rule{{Action: fault.Bandwidth{Rate: 1000}}}, atPeer: all, atSubject: all},
		{name: "truncate", rules: []fault.Rule{{Match: fault.Match{Dirs: fault.ToServer, Nth: 3}, Action: fault.Truncate{To: 3}}}, atPeer: []string{all[0], all[1], "40 02 00"}, atSubject: all},
		{name: "cut rst within", rules: []fault.Rule{{Match: one, Action: fault.Cut{At: 3, How: fault.RST}}},
			atPeer: []string{all[0], "40 02 00", "RST"}, atSubject: []string{"RST"}, oneWayOnly: true},
		{name: "cut fin behind", rules: []fault.Rule{{Match: one, Action: fault.Cut{At: -1, How: fault.FIN}}},
			atPeer: []string{all[0], all[1], "FIN"}, atSubject: []string{"FIN"}, oneWayOnly: true},
		{name: "cut half", rules: []fault.Rule{{Match: one, Action: fault.Cut{At: 0, How: fault.HalfClose}}},
			atPeer: []string{all[0], "FIN"}, atSubject: all},
		{name: "the subject ends", atPeer: append(all[:3:3], "FIN"), atSubject: all, subjectEnds: true},
		{name: "swap at the end of the stream", rules: []fault.Rule{{Match: fault.Match{Dirs: fault.ToServer, Nth: 3}, Action: fault.Swap{}}},
			atPeer: append(all[:3:3], "FIN"), atSubject: all, subjectEnds: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBothWorlds(t, func(t *testing.T, d *driver) {
				for _, r := range tt.rules {
					d.link.Arm(r)
				}
				subject, err := d.link.Dial(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				peer := d.peer()
				atSubject, atPeer := drain(subject, d.link.Wake), drain(peer, d.link.Wake)
				met := func(want []string, s *sink) bool { return cmp.Equal(want, s.state()) }
				if !tt.oneWayOnly {
					peer.Write(pubacks(1, 2, 3))
					d.link.Await(func() bool { return met(tt.atSubject, atSubject) }, 5*time.Second)
				}
				subject.Write(pubacks(1, 2, 3))
				if tt.subjectEnds {
					subject.(interface{ CloseWrite() error }).CloseWrite()
				}
				d.link.Await(func() bool { return met(tt.atPeer, atPeer) && met(tt.atSubject, atSubject) }, 5*time.Second)
				d.settle()
				if diff := cmp.Diff(tt.atPeer, atPeer.state()); diff != "" {
					t.Errorf("at the peer (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.atSubject, atSubject.state()); diff != "" {
					t.Errorf("at the subject (-want +got):\n%s", diff)
				}
				sent := capture.Streams(d.rec.Capture())[capture.Stream{Conn: 1, Kind: capture.Sent}]
				if diff := cmp.Diff(all, describe(sent)); diff != "" {
					t.Errorf("in the capture, as sent (-want +got):\n%s", diff)
				}
				subject.Close()
				peer.Close()
			})
		})
	}
}

// A peer that resets, a script that sends and ends, and the controls do the same in both worlds.
func TestControls(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(l proxy.Link, peer net.Conn) error
		want []string // at the subject
	}{
		{"the peer resets", func(_ proxy.Link, peer net.Conn) error { return reset(peer) }, []string{"RST"}},
		{"the peer ends", func(_ proxy.Link, peer net.Conn) error { return peer.(interface{ CloseWrite() error }).CloseWrite() }, []string{"FIN"}},
		{"cut rst", func(l proxy.Link, _ net.Conn) error { return l.Cut(1, fault.RST) }, []string{"RST"}},
		{"cut fin", func(l proxy.Link, _ net.Conn) error { return l.Cut(0, fault.FIN) }, []string{"FIN"}},
		{"cut half", func(l proxy.Link, _ net.Conn) error { return l.Cut(1, fault.HalfClose) }, []string{"FIN"}},
		{"down", func(l proxy.Link, _ net.Conn) error { l.Down(); return nil }, []string{"RST"}},
		{"send", func(l proxy.Link, _ net.Conn) error { return l.Send(1, pubacks(7)) }, []string{"PUBACK id=7"}},
		{"send half a packet", func(l proxy.Link, _ net.Conn) error { return l.Send(1, pubacks(7)[:2]) }, []string{"40 02"}},
		{"send and end", func(l proxy.Link, _ net.Conn) error {
			return errors.Join(l.Send(1, pubacks(7)), l.EndPeer(1, fault.FIN))
		}, []string{"PUBACK id=7", "FIN"}},
		{"end by reset", func(l proxy.Link, _ net.Conn) error { return l.EndPeer(1, fault.RST) }, []string{"RST"}},
		{"stall, send, heal", func(l proxy.Link, _ net.Conn) error {
			err := errors.Join(l.Stall(1, fault.ToClient), l.Send(1, pubacks(7)))
			l.Await(func() bool { return false }, 20*time.Millisecond)
			return errors.Join(err, l.Heal(1), l.Send(1, pubacks(8)))
		}, []string{"PUBACK id=7", "PUBACK id=8"}},
		{"hold and release", func(l proxy.Link, _ net.Conn) error {
			l.Arm(fault.Rule{Name: "h", Match: fault.Match{Nth: 1}, Action: fault.Hold{}})
			return errors.Join(l.Send(1, pubacks(7)), l.Send(1, pubacks(8)), l.Release("h"))
		}, []string{"PUBACK id=8", "PUBACK id=7"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBothWorlds(t, func(t *testing.T, d *driver) {
				subject, err := d.link.Dial(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				peer := d.peer()
				at := drain(subject, d.link.Wake)
				drain(peer, d.link.Wake)
				d.link.Await(func() bool { return d.link.Conns() == 1 }, 5*time.Second)
				if err := tt.do(d.link, peer); err != nil {
					t.Fatal(err)
				}
				if !d.link.Await(func() bool { return cmp.Equal(tt.want, at.state()) }, 5*time.Second) {
					t.Errorf("at the subject (-want +got):\n%s", cmp.Diff(tt.want, at.state()))
				}
				subject.Close()
				peer.Close()
			})
		})
	}
}

func reset(c net.Conn) error {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
		return tcp.Close()
	}
	return c.(*simnet.Conn).Reset()
}

// Refused connections are refused as a real dial has it; while the peer is down all are, and Up ends it.
func TestRefusals(t *testing.T) {
	inBothWorlds(t, func(t *testing.T, d *driver) {
		d.link.Arm(fault.Rule{Action: fault.Refuse{}})
		d.link.Arm(fault.Rule{Action: fault.AcceptClose{How: fault.FIN}})
		dial := func() string {
			c, err := d.link.Dial(context.Background())
			if errors.Is(err, syscall.ECONNREFUSED) {
				return "refused"
			} else if err != nil {
				return err.Error()
			}
			defer c.Close()
			d.peer()
			s := drain(c, d.link.Wake)
			d.link.Await(func() bool { return len(s.state()) > 0 }, 50*time.Millisecond)
			return fmt.Sprint(s.state())
		}
		got := []string{dial(), dial(), dial()}
		d.link.Down()
		got = append(got, dial())
		d.link.Up()
		got = append(got, dial())
		if diff := cmp.Diff([]string{"refused", "[FIN]", "[]", "refused", "[]"}, got); diff != "" {
			t.Errorf("dials (-want +got):\n%s", diff)
		}
		if err := d.link.Err(); err != nil {
			t.Error(err)
		}
		if _, err := d.link.Conns(), d.link.Cut(9, fault.RST); !errors.Is(err, proxy.ErrNoConn) {
			t.Errorf("Cut(9) = %v, want ErrNoConn", err)
		}
	})
}
