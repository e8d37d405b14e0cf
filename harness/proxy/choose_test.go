package proxy

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// stage is a stepper between a subject and a peer that a test plays both, in a bubble.
type stage struct {
	*Stepper
	t     *testing.T
	rec   *capture.Recorder
	ln    *simnet.Listener
	asked []int // what the order was asked
	mu    sync.Mutex
	trace []string // what arrived where, in order
}

// onStage runs a test in a bubble. The order answers with choices in turn, then with 0; none is FIFO.
func onStage(t *testing.T, choices []int, f func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, ln: simnet.Listen("peer", 0)}
		s.rec = capture.NewRecorder("test", nil)
		var order Order
		if choices != nil {
			order = func(n int) int {
				s.asked = append(s.asked, n)
				if len(s.asked) > len(choices) {
					return 0
				}
				return choices[len(s.asked)-1]
			}
		}
		cfg := Config{Engine: fault.NewEngine(1), Recorder: s.rec, Peer: func(ctx context.Context) (net.Conn, error) { return s.ln.Dial(ctx) }}
		s.Stepper = NewStepper(cfg, order)
		f(s)
		s.Close()
		s.ln.Close()
	})
}

// dial opens a connection of the subject and returns its two ends, both of which log what they receive.
func (s *stage) dial() (subject, peer *simnet.Conn) {
	s.t.Helper()
	return s.ends(s.Dial(s.t.Context()))
}

// bystander opens a connection that is not the subject's.
func (s *stage) bystander() (own, peer *simnet.Conn) {
	s.t.Helper()
	return s.ends(s.DialPlain(s.t.Context(), s.cfg.Peer, "witness"))
}

func (s *stage) ends(nc net.Conn, err error) (near, far *simnet.Conn) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	far, err = s.ln.AcceptContext(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	near = nc.(*simnet.Conn)
	k := len(s.all)
	s.reads(near, fmt.Sprint("subject ", k))
	s.reads(far, fmt.Sprint("peer ", k))
	return near, far
}

func (s *stage) reads(c *simnet.Conn, name string) {
	go func() {
		buf := make([]byte, 100)
		for {
			n, err := c.Read(buf)
			if n > 0 {
				s.came(fmt.Sprintf("%s: % x", name, buf[:n]))
			}
			if err != nil {
				if e := c.Ended(); e != simnet.Open {
					s.came(fmt.Sprintf("%s: %v", name, e))
				}
				return
			}
		}
	}()
}

func (s *stage) came(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trace = append(s.trace, what)
}

func (s *stage) write(c *simnet.Conn, b ...byte) {
	s.t.Helper()
	if _, err := c.Write(b); err != nil {
		s.t.Error(err)
	}
}

// quiet lets everything arrive, and checks what did.
func (s *stage) quiet(want ...string) {
	s.t.Helper()
	s.Await(func() bool { return false }, 0)
	s.check(want)
}

// quietInAnyOrder is quiet where one step wakes many readers.
func (s *stage) quietInAnyOrder(want ...string) {
	s.t.Helper()
	s.Await(func() bool { return false }, 0)
	slices.Sort(want)
	slices.Sort(s.trace)
	s.check(want)
}

func (s *stage) check(want []string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.trace); diff != "" {
		s.t.Errorf("arrived (-want +got):\n%s", diff)
	}
	s.trace = nil
}

// Without an order, what was sent first moves first; of what was sent between two steps, the older
// connection's, and of one connection the subject's. Nobody is asked.
func TestFIFO(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		a, pa := s.dial()
		b, pb := s.dial()
		s.write(pb, 0xd0, 0)
		s.write(b, 0xc0, 0, 0x40, 2, 0, 1)
		s.write(pa, 0xd0, 0)
		s.write(a, 0xc0, 0)
		s.quiet("peer 1: c0 00", "subject 1: d0 00", "peer 2: c0 00", "peer 2: 40 02 00 01", "subject 2: d0 00")
	})
}

// What is pending behind a delay keeps the turn that it had when it was sent.
func TestFIFOKeepsTurns(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		s.Arm(fault.Rule{Match: fault.Match{Conn: 2}, Action: fault.Split{Sizes: []int{1}}})
		a, _ := s.dial()
		b, _ := s.dial()
		s.write(b, 0xc0, 0)
		s.step() // a piece
		s.write(a, 0xc0, 0)
		s.quiet("peer 2: c0", "peer 2: 00", "peer 1: c0 00")
	})
}

// An order chooses among all that may move: the first packet of each direction towards the server, and
// towards the subject every packet that a conforming server could have sent first. It is not asked about
// one.
func TestOrderChooses(t *testing.T) {
	onStage(t, []int{2, 1, 0}, func(s *stage) {
		a, pa := s.dial()
		s.write(a, 0x30, 3, 0, 1, 'a', 0x30, 3, 0, 1, 'b')
		s.write(pa, 0x30, 3, 0, 1, 'a', 0x30, 3, 0, 1, 'b', 0x30, 3, 0, 1, 'a')
		s.quiet("subject 1: 30 03 00 01 62", "subject 1: 30 03 00 01 61", "peer 1: 30 03 00 01 61", "peer 1: 30 03 00 01 62", "subject 1: 30 03 00 01 61")
		if diff := cmp.Diff([]int{3, 2, 2, 2}, s.asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
	})
}

// A CONNECT waits until the peer has seen the end of the same link's older connections, unless that end
// cannot come.
func TestEndsBeforeTheNextConnect(t *testing.T) {
	second := []int{1, 1, 1}
	onStage(t, second, func(s *stage) {
		a, _ := s.dial()
		b, _ := s.dial()
		s.write(a, 0xc0, 0)
		a.CloseWrite()
		s.write(b, 0xc0, 0)
		s.quiet("peer 1: c0 00", "peer 1: FIN", "peer 2: c0 00")
	})
	onStage(t, second, func(s *stage) { // the older connection goes on
		a, _ := s.dial()
		b, _ := s.dial()
		s.write(a, 0xc0, 0)
		s.write(b, 0xc0, 0)
		s.quiet("peer 2: c0 00", "peer 1: c0 00")
	})
	onStage(t, second, func(s *stage) { // the newer one ends
		a, _ := s.dial()
		b, _ := s.dial()
		s.write(a, 0xc0, 0)
		s.write(b, 0xc0, 0)
		b.CloseWrite()
		s.quiet("peer 2: c0 00", "peer 2: FIN", "peer 1: c0 00")
	})
	onStage(t, second, func(s *stage) { // the older end is stalled
		a, _ := s.dial()
		b, _ := s.dial()
		s.write(a, 0xc0, 0)
		a.CloseWrite()
		s.write(b, 0xc0, 0)
		if err := s.Stall(1, fault.ToServer); err != nil {
			t.Fatal(err)
		}
		s.quiet("peer 2: c0 00")
	})
	onStage(t, second, func(s *stage) { // the older connection is cut, and so is its end
		a, _ := s.dial()
		b, _ := s.dial()
		s.write(a, 0xc0, 0)
		a.CloseWrite()
		s.write(b, 0xc0, 0)
		s.collect()
		s.sever(s.conns[0], fault.RST)
		s.collect()
		c, ok := s.choose()
		if !ok || c.conn.conn != s.conns[1] && s.asked == nil {
			t.Errorf("chose %v, %t", c, ok)
		}
		s.quietInAnyOrder("peer 1: RST", "subject 1: RST", "peer 2: c0 00")
	})
	onStage(t, second, func(s *stage) { // a bystander's end is nothing to the subject
		a, _ := s.bystander()
		b, _ := s.dial()
		s.write(a, 0xc0, 0)
		a.CloseWrite()
		s.write(b, 0xc0, 0)
		s.quiet("peer 2: c0 00", "peer 1: c0 00", "peer 1: FIN")
	})
	onStage(t, []int{1}, func(s *stage) { // what the server sends need not wait
		a, _ := s.dial()
		_, pb := s.dial()
		s.write(a, 0xc0, 0)
		a.CloseWrite()
		s.write(pb, 0xd0, 0)
		s.quiet("subject 2: d0 00", "peer 1: c0 00", "peer 1: FIN")
	})
}

// A stalled direction offers nothing; the others go on.
func TestStalledOffersNothing(t *testing.T) {
	onStage(t, []int{}, func(s *stage) {
		a, pa := s.dial()
		s.write(a, 0xc0, 0)
		s.write(pa, 0xd0, 0)
		if err := s.Stall(1, fault.ToServer); err != nil {
			t.Fatal(err)
		}
		s.quiet("subject 1: d0 00")
		if err := s.Heal(1); err != nil {
			t.Fatal(err)
		}
		s.quiet("peer 1: c0 00")
		if s.asked != nil {
			t.Errorf("asked %v about one choice", s.asked)
		}
	})
}

// Resets and ends pass through, of the subject, the peer and a bystander, and Close resets all that is left.
func TestEndsPass(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		a, _ := s.dial()
		a.Reset()
		s.quiet("peer 1: RST")
		_, pb := s.dial()
		pb.Reset()
		s.quiet("subject 2: RST")
		_, pc := s.dial()
		pc.CloseWrite()
		s.quiet("subject 3: FIN")
		own, _ := s.bystander()
		own.CloseWrite()
		s.quiet("peer 4: FIN")
		s.dial()
		s.Close()
		synctest.Wait()
		s.quietInAnyOrder("peer 3: RST", "subject 4: RST", "subject 5: RST", "peer 5: RST")
		if _, err := s.Dial(s.t.Context()); err == nil {
			t.Error("a dial after Close succeeded")
		}
		if diff := cmp.Diff([]string{"1 > RST", "2 < RST", "3 < FIN"}, lines(s.rec)[:3]); diff != "" {
			t.Errorf("recorded (-want +got):\n%s", diff)
		}
	})
}

// A cut loses what is in the outboxes.
func TestCutLosesTheOutbox(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		a, pa := s.dial()
		s.write(a, 0xc0, 0)
		s.write(pa, 0xd0, 0)
		if err := s.Cut(1, fault.FIN); err != nil {
			t.Fatal(err)
		}
		s.write(a, 0xc0, 0)
		s.quietInAnyOrder("subject 1: FIN", "peer 1: FIN")
		if diff := cmp.Diff([]string{"1 > c0 00", "1 * fault cut fin", "1 < FIN", "1 > c0 00"}, lines(s.rec)); diff != "" {
			t.Errorf("recorded (-want +got):\n%s", diff)
		}
	})
}

// Much that is sent at once arrives whole.
func TestMuchAtOnce(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		a, pa := s.dial()
		big := (&wire.Publish{Topic: "t", Payload: make([]byte, 10_000)}).Append(nil)
		s.write(a, append(big, ping...)...)
		s.write(pa, append(pong, big...)...)
		s.Await(func() bool { return false }, time.Second)
		for name, want := range map[string]int{"peer 1": len(big) + 2, "subject 1": len(big) + 2} {
			got := 0
			for _, l := range s.trace {
				var k int
				if n, _ := fmt.Sscanf(l, name+": %x", &k); n == 1 {
					got += (len(l) - len(name) - 1) / 3
				}
			}
			if got != want {
				t.Errorf("%s received %d bytes, want %d", name, got, want)
			}
		}
	})
}
