package proxy

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// Stepper is the driver of the simulated world. It is made, and its Await called, by the root
// goroutine of a testing/synctest bubble, and lives in it. Endpoints write into their connections;
// nothing moves until Await takes one whole packet, asks the engine, hands it over and waits until
// every goroutine of the bubble is blocked again. There is one token, and it moves one packet at a time.
type Stepper struct {
	core
	start    time.Time
	order    Order // nil: FIFO
	wake     chan struct{}
	all      []*simConn // the subject's connections and the bystanders', in the order of dialing
	links    []*link
	subject  link            // the one of the subject, among links
	choices  ordered[choice] // what may move
	delays   ordered[delay]  // what may move later
	polled   []*simConn      // those that are looked at in each step
	arrivals int
	dials    int
	measured *footprint // of the last move; nil without an explorer
	heard    bool       // the subject has sent something since the last move began

	changing sync.Mutex // guards changed, and is held with no other lock taken behind it
	changed  []*simConn // since the last step

	// These save allocations.
	timer        *time.Timer // of Await
	spare, heads []*simConn
	listed       []choice
}

// simConn is a connection with what it has sent but nobody has taken yet.
type simConn struct {
	*conn
	standing
	no        int // counted from 1 in the order of dialing
	near, far *simnet.Conn
	stepper   *Stepper
	link      string
	group     *link
	outbox    [2][]boxed
	eof       [2]bool
	seq       [2]int // arrival number of what is pending
	sent      [2]int // arrivals so far
	moved     [2]int // pieces that have moved by themselves
}

// boxed is an arrival in an outbox, numbered in the order of arrival over all connections, and in its own direction.
type boxed struct {
	arrival
	seq, nth int
}

// NewStepper returns a stepper for the bubble it is called in. The order chooses among connections and
// directions, and re-orders what one connection's server sends as a conforming server could have sent it;
// nil moves packets in the order in which they were sent.
func NewStepper(cfg Config, order Order) *Stepper {
	s := &Stepper{start: time.Now(), order: order, wake: make(chan struct{}, 1)}
	s.choices.compare, s.delays.compare = byArrival, byDue
	s.core = core{cfg: cfg, now: s.Now, kick: s.kicked, sync: s.collect, flood: flood{bounds: cfg.bounds()}}
	return s
}

// Now implements [Link].
func (s *Stepper) Now() time.Duration { return time.Since(s.start) }

// Wake implements [Link].
func (s *Stepper) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// kicked is Wake for the scenario's own hand on the link.
func (s *Stepper) kicked() {
	s.mixes()
	s.Wake()
}

// Arm implements [Link].
func (s *Stepper) Arm(r fault.Rule) {
	s.core.Arm(r)
	s.mixes()
}

// subjectLink names the link of the subject's connections; bystanders have others.
const subjectLink = "subject"

// Dial implements [Link].
func (s *Stepper) Dial(ctx context.Context) (net.Conn, error) {
	if s.tooMany() {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down || s.refuses() {
		return nil, refused(addr("peer"))
	}
	s.forgets()
	subject, c, err := s.connect(ctx, s.cfg.Peer, subjectLink)
	if err != nil {
		return nil, err
	}
	c.conn = s.open(c.near, nil)
	c.conn.watcher = c
	if c.far != nil {
		c.conn.far = c.far
	}
	if s.cfg.Buffer > 0 {
		s.polled = append(s.polled, c)
	}
	s.opened(c.conn)
	return subject, nil
}

// maxDials is how often a subject may dial in one scenario. One that dials in a loop without letting time
// pass would keep the bubble busy for ever: instead its dial waits for its context.
const maxDials = 20_000

// ErrDials is the error of a subject that dials again and again.
var ErrDials = fmt.Errorf("the subject has dialled more than %d times", maxDials)

func (s *Stepper) tooMany() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dials++; s.dials <= maxDials {
		return false
	}
	s.cfg.Engine.Fail(ErrDials)
	s.Wake()
	return true
}

// DialPlain opens a bystander's connection to whoever dial reaches: its packets take their turn among
// all others, unrecorded and without faults.
func (s *Stepper) DialPlain(ctx context.Context, dial func(context.Context) (net.Conn, error), link string) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, c, err := s.connect(ctx, dial, link)
	if err != nil {
		return nil, err
	}
	c.conn = &conn{plain: true, near: c.near, far: c.far}
	return end, nil
}

// connect makes the two connections that a link consists of.
func (s *Stepper) connect(ctx context.Context, dial func(context.Context) (net.Conn, error), link string) (*simnet.Conn, *simConn, error) {
	c := &simConn{stepper: s, link: link, group: s.linkOf(link)}
	readable := func() {
		s.changes(c)
		s.Wake()
	}
	if dial != nil {
		far, err := dial(ctx)
		if err != nil {
			return nil, nil, err
		}
		c.far = far.(*simnet.Conn)
		c.far.OnReadable(readable)
	}
	var end *simnet.Conn
	end, c.near = simnet.Pipe(0)
	if link == subjectLink { // and nobody else: a broker may write while it holds a lock
		end.SetWriteBuffer(cmp.Or(s.cfg.Buffer, s.flood.bounds.instantBytes+1))
	}
	c.near.OnReadable(readable)
	s.all = append(s.all, c)
	c.no = len(s.all)
	s.changes(c) // the peer may have written before it was listened to
	return end, c, nil
}

// Await implements [Link]. It must be called by the bubble's root goroutine.
func (s *Stepper) Await(done func() bool, limit time.Duration) bool {
	synctest.Wait()
	s.waited()
	deadline := s.Now() + limit
	for !done() {
		if s.step() {
			continue
		}
		now := s.Now()
		if now >= deadline {
			return done()
		}
		wait := min(deadline, s.due(now, deadline)) - now
		if s.timer == nil {
			s.timer = time.NewTimer(wait)
		} else {
			s.timer.Reset(wait)
		}
		select {
		case <-s.wake:
		case <-s.timer.C:
		}
		s.timer.Stop()
		synctest.Wait() // done must not be asked while somebody runs
	}
	return true
}

// step moves one piece of one packet and waits for the bubble to settle. It reports whether anything
// moved, or was sent: a packet whose way is stalled goes nowhere, but it is there.
func (s *Stepper) step() bool {
	synctest.Wait()
	s.mu.Lock()
	before := s.arrivals
	s.collect()
	s.measures()
	m, ok := s.choose()
	sent := s.arrivals > before
	switch {
	case ok:
		s.begins(m)
		s.move(m)
	case s.cfg.Explorer != nil:
		s.cfg.Explorer.Idle()
	}
	s.mu.Unlock()
	if ok {
		synctest.Wait()
	}
	return ok || sent
}

// due returns when the first delayed piece may move, or deadline. It is called behind a step in which nothing moved.
func (s *Stepper) due(now, deadline time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := deadline
	if s.delays.n > 0 {
		next = min(next, s.delays.at(0).due)
	}
	for _, c := range s.polled {
		if f := c.flow(wire.ToServer); !c.over && len(f.pending) == 0 && f.free > now && !s.stalled(c.conn, wire.ToServer) {
			next = min(next, f.free)
		}
	}
	return next
}

// ended reports whether nothing moves on the connection any more: both ends have closed it, and all has been handed over.
func (c *simConn) ended() bool {
	closed := c.cut || c.flows[0].ended && (c.far == nil || c.flows[1].ended)
	return closed && c.eof[0] && (c.far == nil || c.eof[1]) &&
		len(c.outbox[0])+len(c.outbox[1])+len(c.flows[0].pending)+len(c.flows[1].pending) == 0
}

func (s *Stepper) drain(c *simConn, d wire.Direction, from *simnet.Conn) {
	i := index(d)
	var buf [4096]byte
	for !c.eof[i] && !(s.flood.over && d == wire.ToServer && !c.plain) {
		most := len(buf)
		if s.bounded(c.conn, d) && from.Ended() == simnet.Open { // what comes before an end is read, so that it shows
			if len(c.outbox[i]) > 0 {
				return
			}
			s.begun(c.conn, d)
			if most = s.intake(c.conn, d, most); most == 0 {
				return
			}
		}
		n, err := from.TryRead(buf[:most])
		var as []arrival
		switch {
		case n > 0:
			as = s.arrived(c.conn, d, buf[:n])
			s.tookIn(c.conn, d, n)
		case err == nil:
			return
		default:
			c.eof[i] = true
			as = s.arrivedEnd(c.conn, d, err != io.EOF)
			s.mixes()
		}
		before := len(c.outbox[i])
		for _, a := range as {
			s.arrivals++
			c.sent[i]++
			c.outbox[i] = append(c.outbox[i], boxed{a, s.arrivals, c.sent[i]})
		}
		s.sends(c, d, c.outbox[i][before:])
	}
}

// move hands over one piece: of what is pending, or of a packet it takes from an outbox first.
func (s *Stepper) move(m choice) {
	c, d, i := m.conn, m.dir, index(m.dir)
	s.changes(c)
	if m.box >= 0 {
		a := c.outbox[i][m.box]
		c.remove(i, m.box)
		if c.cut {
			return
		}
		c.seq[i] = a.seq
		s.decide(c.conn, d, a.arrival)
		if !s.ready(c.conn, d) {
			return
		}
	} else {
		c.moved[i]++
	}
	piece, end := s.take(c.conn, d)
	if to := c.dest(d); to != nil && len(piece) > 0 {
		to.Write(piece)
	}
	if end != fault.NoEnding {
		s.mixes()
	}
	s.finish(c.conn, d, end)
}

// remove takes one arrival out of an outbox. Taking the first, which is the rule, moves nothing.
func (c *simConn) remove(i, box int) {
	if len(c.outbox[i]) == 1 { // and its room is used again
		c.outbox[i][0] = boxed{}
		c.outbox[i] = c.outbox[i][:0]
		return
	}
	if box == 0 {
		c.outbox[i] = c.outbox[i][1:]
		return
	}
	c.outbox[i] = slices.Delete(c.outbox[i], box, box+1)
}

// Settle implements [Link]: a dial here returns when the connection is counted.
func (s *Stepper) Settle() {}

// Down implements [Link].
func (s *Stepper) Down() { s.setDown(true) }

// Up implements [Link].
func (s *Stepper) Up() { s.setDown(false) }

// Close resets every connection, the bystanders' included, so that nobody in the bubble waits for
// bytes that nobody will move.
func (s *Stepper) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = true
	for _, c := range s.all {
		s.changes(c)
		c.near.Reset()
		if c.far != nil {
			c.far.Reset()
		}
	}
}

func index(d wire.Direction) int {
	if d == wire.ToServer {
		return 0
	}
	return 1
}

type addr string

func (addr) Network() string  { return "sim" }
func (a addr) String() string { return string(a) }
