package swarm

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"umqtt/harness/sweep"
)

// A Tally sums outcomes up. The zero value is an empty one.
type Tally struct {
	Runs int
	Void int // of them, those that prove nothing
	// Next is the seed from which another swarm goes on; 0: all seeds were played.
	Next     uint64
	Virtual  time.Duration
	Failures []Failure
	Peer     []Failure      // findings about the broker
	Known    map[string]int // how often the broker's known faults showed
	// Reached counts the runs that met each [Sometime], and Open those that could have.
	Reached, Open map[string]int
	// Hash is the digest of all runs.
	Hash sweep.Digest
}

// A Failure is one kind of failure of one client.
type Failure struct {
	Outcome     // the first one, in the order of the seeds
	Also    int // how many other runs fail alike
	// File is the scenario that it was reduced to, and Order the seed that it is to be played with.
	File  []byte
	Order uint64
}

// Add adds an outcome, with the file that it was reduced to, if it was.
func (y *Tally) Add(o Outcome, file []byte, order uint64) {
	if y.Known == nil {
		y.Known, y.Reached, y.Open = map[string]int{}, map[string]int{}, map[string]int{}
	}
	y.Runs++
	if o.Void {
		y.Void++
	}
	y.Virtual += o.Run.Virtual
	y.Hash.Add(fmt.Sprint(o.Seed, " ", o.Client), o.Run.Trace+" "+o.Run.Broken)
	for _, k := range o.Run.Known {
		y.Known[k]++
	}
	for _, name := range o.Open {
		y.Open[name]++
	}
	for _, name := range o.Reached {
		y.Reached[name]++
	}
	if o.Run.Broken != "" {
		note(&y.Failures, Failure{Outcome: o, File: file, Order: order})
	}
	for _, p := range o.Run.Peer {
		kind := o
		kind.Run.Broken, kind.Run.Message = "peer "+sweep.PeerRule(p), p
		note(&y.Peer, Failure{Outcome: kind})
	}
}

// note adds a failure to those of its kind, of which that with the lowest seed is kept.
func note(list *[]Failure, f Failure) {
	i := slices.IndexFunc(*list, func(g Failure) bool { return g.Client == f.Client && g.Run.Broken == f.Run.Broken })
	if i < 0 {
		*list = append(*list, f)
		return
	}
	old := &(*list)[i]
	if f.Seed < old.Seed {
		f.Also = old.Also
		*old = f
	}
	old.Also++
}

// Sort puts failures into the order of their seeds.
func (y *Tally) Sort() {
	for _, list := range [][]Failure{y.Failures, y.Peer} {
		slices.SortFunc(list, func(a, b Failure) int {
			return cmp.Or(cmp.Compare(a.Seed, b.Seed), a.Client-b.Client, cmp.Compare(a.Run.Broken, b.Run.Broken))
		})
	}
}

// Blind lists what the runs never met, although at least so many of them could have.
func (y *Tally) Blind(enough int) []Sometime {
	var blind []Sometime
	for _, s := range sometimes {
		if y.Reached[s.Name] == 0 && y.Open[s.Name] >= enough {
			blind = append(blind, s)
		}
	}
	return blind
}
