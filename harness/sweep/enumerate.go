package sweep

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// A place is where a packet passed in a run.
type place struct {
	dir     wire.Direction
	nth     int // of its direction
	size    int
	typ     wire.Type
	connack int // it is the n-th CONNACK
}

// places lists the packets that passed in a run, as faults count them.
func places(packets []fault.Packet) []place {
	var all []place
	nth := map[wire.Direction]int{}
	connacks := 0
	for _, q := range packets {
		nth[q.Dir]++
		pl := place{dir: q.Dir, nth: nth[q.Dir], size: len(q.Data), typ: wire.TypeOf(q.Data)}
		if pl.typ == wire.CONNACK && q.Dir == wire.ToClient {
			connacks++
			pl.connack = connacks
		}
		all = append(all, pl)
	}
	return all
}

// Options choose the points of a sweep.
type Options struct {
	// Pairs is the most pairs of faults for a workload with a subject; 0 is none.
	Pairs int
	// Coarse, above 0, is the most points of a real plan or of any that takes long: a few places of each packet, at
	// even distances if there are more.
	Coarse int
	// Most, above 0, is the most single faults: of more, those at even distances are taken.
	Most int
	// Strong and Weak leave out the points of the other oracle; neither leaves out none.
	Strong, Weak bool
}

// delays are longer than the timeouts of a subject, one behind the other: the acknowledgement timeout of the
// workloads, their keep alive and half of it again, and what clients wait for a CONNACK.
var delays = []time.Duration{3500 * time.Millisecond, 6500 * time.Millisecond, 11 * time.Second}

// at returns the faults that can strike one packet.
func (pl place) faults() []Fault {
	var all []Fault
	add := func(f Fault) {
		f.Dir = pl.dir
		if f.Nth == 0 {
			f.Nth = pl.nth
		}
		all = append(all, f)
	}
	for at := range pl.size + 1 {
		for _, k := range []Kind{CutFIN, CutRST, CutHalf, Stall} {
			add(Fault{Kind: k, At: at})
		}
		if at > 0 && at < pl.size {
			add(Fault{Kind: Split, At: at})
		}
	}
	for _, at := range []int{0, pl.size} {
		for _, k := range []Kind{Lost, Restart, RestartLost} {
			add(Fault{Kind: k, At: at})
		}
	}
	add(Fault{Kind: Merge})
	for _, by := range delays {
		add(Fault{Kind: Delay, By: by})
	}
	for code := 1; code <= 5 && pl.connack > 0; code++ {
		add(Fault{Kind: Code, Nth: pl.connack, Value: code})
	}
	for _, k := range []Kind{Drop, Duplicate, Swap, Hold} {
		add(Fault{Kind: k})
	}
	for at := range pl.size {
		for _, xor := range []int{0x01, 0x10, 0x80} {
			add(Fault{Kind: Corrupt, At: at, Value: xor})
		}
	}
	for present := 0; present <= 1 && pl.connack > 0; present++ {
		add(Fault{Kind: Present, Nth: pl.connack, Value: present})
	}
	return all
}

// coarse returns a few faults at one packet, for pairs.
func (pl place) coarse() []Fault {
	var all []Fault
	for _, f := range []Fault{{Kind: CutRST}, {Kind: CutFIN, At: pl.size / 2}, {Kind: CutRST, At: pl.size}, {Kind: RestartLost, At: pl.size}, {Kind: Stall}} {
		f.Dir, f.Nth = pl.dir, pl.nth
		all = append(all, f)
	}
	return all
}

// Points enumerates the points of the plan: every single fault, then pairs. Of more pairs than there may be, those
// at even distances are taken. The first point is none: the workload by itself. The error is that of a workload that
// does not even pass then.
func (p Plan) Points(t *testing.T, o Options) ([]Point, error) {
	base := p.Run(t, nil)
	if base.Broken != "" {
		return nil, fmt.Errorf("%s with %s fails without any fault: %s: %s", p.Workload.Name, p.Subject.Name, base.Broken, base.Message)
	}
	points := []Point{nil}
	if o.Coarse > 0 {
		var all []Point
		found := places(base.packets)
		if p.Real { // which direction is ahead is another one each time
			slices.SortStableFunc(found, func(a, b place) int { return cmp.Compare(a.dir, b.dir) })
		}
		for _, pl := range found {
			for _, f := range pl.coarse() {
				all = append(all, Point{f})
			}
		}
		return append(points, evenly(all, o.Coarse)...), nil
	}
	for _, pl := range places(base.packets) {
		for _, f := range pl.faults() {
			if weak := f.Kind.Weak(); (!weak || !o.Strong) && (weak || !o.Weak) {
				points = append(points, Point{f})
			}
		}
	}
	if o.Most > 0 {
		points = append([]Point{nil}, evenly(points[1:], o.Most)...)
	}
	if o.Weak && !o.Strong {
		return points, nil
	}
	return append(points, p.pairs(t, base.packets, o.Pairs)...), nil
}

// pairs returns at most so many pairs: of a fault at a packet of the run without faults, and one at a packet that
// comes later in the run with the first.
func (p Plan) pairs(t *testing.T, base []fault.Packet, most int) []Point {
	if most <= 0 {
		return nil
	}
	var firsts []Fault
	for _, pl := range places(base) {
		firsts = append(firsts, pl.coarse()...)
	}
	// Each first fault is played once, to see what comes behind it: no more of them than there may be pairs.
	if len(firsts) > most {
		firsts = evenly(firsts, most)
	}
	var pairs []Point
	for _, f := range firsts {
		r := p.Run(t, Point{f})
		if r.Broken != "" {
			continue
		}
		struck := false
		for _, pl := range places(r.packets) {
			if !struck {
				struck = pl.dir == f.Dir && pl.nth == f.Nth
				continue
			}
			for _, second := range pl.coarse() {
				pairs = append(pairs, Point{f, second})
			}
		}
	}
	return evenly(pairs, most)
}

// evenly returns at most n of a list, at even distances.
func evenly[T any](all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	some := make([]T, 0, n)
	for i := range n {
		some = append(some, all[i*len(all)/n])
	}
	return some
}
