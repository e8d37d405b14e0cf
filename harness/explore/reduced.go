package explore

import (
	"slices"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/proxy"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// ReducedOrders plays a scenario in the simulated world once for each class of equivalent orders of packets, from
// FIFO on, and at most bound times. Two orders are equivalent when one becomes the other by exchanging neighbours
// that commute: see [proxy.Footprint]. It sees the traces that [AllOrders] sees.
//
// It plays an order and looks for pairs of packets that do not commute and could have changed places. At the place
// before each pair it goes on in another way. What has been played from there need not be played again, until a
// packet moves that it does not commute with.
func ReducedOrders(t *testing.T, sc *scenario.Scenario, f subject.Factory, bound int) Systematic {
	r := Systematic{Traces: Traces{}}
	var nodes []*node
	for r.Played < bound {
		w := &walk{nodes: nodes, forced: len(nodes)}
		res := play.Simulated(t, sc, f, play.Options{Explorer: w})
		if w.lost {
			res.Verdict = judge.SetupError
			res.Failure = &judge.Failure{Message: "the run did not offer the packets that it had offered before", Covers: sc.Covers}
		}
		r.Played++
		r.Traces[res.Trace]++
		if w.again {
			r.Again++
		}
		if res.Shown() != judge.Pass && r.Failed == nil {
			r.Failed, r.Choices = res, choicesOf(w.nodes)
		}
		first := max(0, w.forced-1)
		if nodes = w.nodes; w.lost {
			nodes = nil
		}
		races(nodes, first)
		if !w.again {
			unmade(nodes, w.left)
		}
		for len(nodes) > 0 && !nodes[len(nodes)-1].next() {
			last := len(nodes) - 1
			r.Pruned += len(nodes[last].moves) - len(nodes[last].done)
			nodes = nodes[:last]
		}
		if len(nodes) == 0 {
			r.Complete = !w.lost
			break
		}
	}
	for _, n := range nodes { // what is known of the rest
		r.Pruned += len(n.moves) - len(n.done) - 1
	}
	return r
}

// choicesOf returns the choices of a run, as [PlayOrder] takes them.
func choicesOf(nodes []*node) []int {
	var choices []int
	for _, n := range nodes {
		if len(n.moves) > 1 {
			choices = append(choices, n.made)
		}
	}
	return choices
}

// A node is a place in an order at which a move is made.
type node struct {
	moves  []proxy.Move // that could be made
	made   int          // the one that is
	print  proxy.Footprint
	idles  int // how often nothing could move, before
	asleep []slept
	todo   []proxy.Move
	done   []slept // those whose orders have all been seen to
}

// slept is a move that need not be made until one is made that it does not commute with.
type slept struct {
	proxy.Move
	print proxy.Footprint
}

func sleeps(in []slept, m proxy.Move) bool {
	return slices.ContainsFunc(in, func(s slept) bool { return s.Move == m })
}

// move is the move that is made.
func (n *node) move() proxy.Move { return n.moves[n.made] }

// below returns what sleeps behind the move.
func (n *node) below() []slept {
	var asleep []slept
	for _, s := range slices.Concat(n.asleep, n.done) {
		if s.print.Commutes(n.print) {
			asleep = append(asleep, s)
		}
	}
	return asleep
}

// wants has a move made here some time.
func (n *node) wants(m proxy.Move) {
	if !slices.Contains(n.todo, m) {
		n.todo = append(n.todo, m)
	}
}

// next goes on to the next move that is to be made here, and reports whether there is one.
func (n *node) next() bool {
	n.done = append(n.done, slept{n.move(), n.print})
	for _, m := range n.todo {
		if !sleeps(n.done, m) && !sleeps(n.asleep, m) {
			n.made, n.print = slices.Index(n.moves, m), proxy.Footprint{All: true}
			return true
		}
	}
	n.made = -1
	return false
}

// walk is the explorer of one run: it makes the moves of the nodes that it begins with, and from there on the first
// that does not sleep.
type walk struct {
	nodes  []*node
	forced int
	at     int
	idles  int
	left   []proxy.Move // those that could have been made with the last one
	again  bool         // all that could move slept
	lost   bool         // a move was not offered again
}

// Choose implements [proxy.Explorer].
func (w *walk) Choose(moves []proxy.Move) int {
	if w.again || w.lost {
		return 0
	}
	w.at++
	if w.at <= w.forced {
		n := w.nodes[w.at-1]
		w.lost = !slices.Equal(n.moves, moves)
		w.left = nil
		if w.lost {
			return 0
		}
		return n.made
	}
	n := &node{moves: slices.Clone(moves), idles: w.idles, print: proxy.Footprint{All: true}}
	if len(w.nodes) > 0 {
		n.asleep = w.nodes[len(w.nodes)-1].below()
	}
	n.made = slices.IndexFunc(moves, func(m proxy.Move) bool { return !sleeps(n.asleep, m) })
	if n.made < 0 {
		w.again = true
		return 0
	}
	w.left = n.moves
	w.nodes = append(w.nodes, n)
	return n.made
}

// Moved implements [proxy.Explorer].
func (w *walk) Moved(f proxy.Footprint) {
	if !w.again && !w.lost && w.at > 0 {
		w.nodes[w.at-1].print = f
	}
}

// Idle implements [proxy.Explorer].
func (w *walk) Idle() { w.idles++ }
