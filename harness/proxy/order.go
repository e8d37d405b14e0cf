package proxy

import (
	"math/rand/v2"

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
	switch n := s.choices.n; {
	case n == 0:
		return choice{}, false
	case s.cfg.Explorer != nil:
		return s.explore(s.choices.all(nil)), true
	case s.order == nil || n == 1:
		return s.choices.at(0), true
	default:
		return s.choices.at(s.order(n)), true
	}
}

// appendChoices adds what may move in one direction of a connection.
func (s *Stepper) appendChoices(choices []choice, c *simConn, d wire.Direction) []choice {
	i := index(d)
	if s.ready(c.conn, d) {
		return append(choices, choice{c, d, -1, c.seq[i]})
	}
	box := c.outbox[i]
	if len(box) == 0 || s.stalled(c.conn, d) || d == wire.ToServer && c.blocked() {
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
