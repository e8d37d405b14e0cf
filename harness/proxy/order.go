package proxy

import (
	"math/rand/v2"
	"slices"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// choice is one thing that may move next: a piece that is pending (box < 0), or a packet in an outbox.
type choice struct {
	conn *simConn
	dir  wire.Direction
	box  int
	seq  int
}

// Order chooses which of n packets that may move goes first, n being 2 or more: an index, 0 for the one
// that was sent first. It must answer the same when the world is played again. A nil Order is FIFO.
type Order func(n int) int

// Seeded returns the order that a seed chooses; seed 0 is FIFO.
func Seeded(seed uint64) Order {
	if seed == 0 {
		return nil
	}
	return rand.New(rand.NewPCG(seed, 0)).IntN
}

// choose picks what moves next: the oldest, or by the order any that may.
func (s *Stepper) choose() (choice, bool) {
	var choices []choice
	for _, c := range s.live {
		for _, d := range directions {
			choices = s.appendChoices(choices, c, d)
		}
	}
	if len(choices) == 0 {
		return choice{}, false
	}
	slices.SortStableFunc(choices, func(a, b choice) int { return a.seq - b.seq })
	if s.cfg.Explorer != nil {
		return s.explore(choices), true
	}
	if s.order == nil || len(choices) == 1 {
		return choices[0], true
	}
	return choices[s.order(len(choices))], true
}

// appendChoices adds what may move in one direction of a connection.
func (s *Stepper) appendChoices(choices []choice, c *simConn, d wire.Direction) []choice {
	i := index(d)
	if s.ready(c.conn, d) {
		return append(choices, choice{c, d, -1, c.seq[i]})
	}
	box := c.outbox[i]
	if len(box) == 0 || s.stalled(c.conn, d) || d == wire.ToServer && s.endsEarlier(c) {
		return choices
	}
	if s.order == nil && s.cfg.Explorer == nil || d == wire.ToServer {
		return append(choices, choice{c, d, 0, box[0].seq})
	}
	for k := range box {
		if mayGoFirst(box[:k], box[k]) {
			choices = append(choices, choice{c, d, k, box[k].seq})
		}
	}
	return choices
}

// endsEarlier reports whether an older connection of the same link has an end on its way that the
// peer should see first: a broker that meets the new CONNECT before it can mix up the two sessions.
func (s *Stepper) endsEarlier(c *simConn) bool {
	for _, o := range s.live {
		if o == c {
			break
		}
		if o.link != c.link || o.cut || s.stalled(o.conn, wire.ToServer) {
			continue
		}
		if k := len(o.outbox[0]); k > 0 && o.outbox[0][k-1].end != fault.NoEnding { // an end is the last arrival
			return true
		}
	}
	return false
}

// mayGoFirst reports whether a conforming server could have sent b before all of those it was sent
// after: CONNACK is first and the end last, acknowledgements keep their order among themselves and
// may pass PUBLISHes and be passed, PUBLISHes of one topic and QoS keep their order, and so do all
// that are sent again.
func mayGoFirst(earlier []boxed, b boxed) bool {
	for _, e := range earlier {
		if mustPrecede(e, b) {
			return false
		}
	}
	return true
}

func mustPrecede(e, b boxed) bool {
	if e.raw || b.raw || e.end != fault.NoEnding || b.end != fault.NoEnding {
		return true
	}
	et, bt := wire.Type(e.data[0]>>4), wire.Type(b.data[0]>>4)
	if et == wire.CONNACK || bt == wire.CONNACK {
		return true
	}
	if et != wire.PUBLISH && bt != wire.PUBLISH {
		return true
	}
	if et != bt {
		return false
	}
	x, errX := wire.Decode(e.data)
	y, errY := wire.Decode(b.data)
	if errX != nil || errY != nil {
		return true
	}
	p, q := x.(*wire.Publish), y.(*wire.Publish)
	return p.Dup || q.Dup || p.Topic == q.Topic && p.QoS == q.QoS
}
