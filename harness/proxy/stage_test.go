package proxy

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/simnet"
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

// some reports whether anything has arrived since the last check.
func (s *stage) some() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.trace) > 0
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
	s.mu.Lock()
	slices.Sort(s.trace)
	s.mu.Unlock()
	s.check(want)
}

func (s *stage) check(want []string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if diff := cmp.Diff(want, s.trace); diff != "" {
		s.t.Errorf("arrived (-want +got):\n%s", diff)
	}
	s.trace = nil
}
