package cause

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"umqtt/harness/proxy"
	"umqtt/harness/scenario"
)

// A continuation is a way to play the failing run on that departs from it somewhere.
type continuation struct {
	what  string
	calm  bool   // it only takes faults away
	edits []edit // of the steps
	turn  *turn  // of the order of packets; nil is none
}

// An edit puts steps in front of the step at an index, and may take that step away.
type edit struct {
	at    int
	put   []scenario.Step
	takes bool
}

// A turn is a place at which an order departs from that of the failing run.
type turn struct {
	at     int // the number of the choice
	choice int // what is chosen there
	seed   uint64
}

// and puts two continuations together. ok is false where they change the same thing.
func (k continuation) and(other continuation) (both continuation, ok bool) {
	if k.turn != nil && other.turn != nil || k.what == other.what {
		return both, false
	}
	for _, a := range k.edits {
		for _, b := range other.edits {
			if a.at == b.at && a.takes && b.takes {
				return both, false
			}
		}
	}
	both = continuation{what: k.what + ", and " + other.what, edits: slices.Concat(k.edits, other.edits), turn: k.turn}
	if both.turn == nil {
		both.turn = other.turn
	}
	return both, true
}

// apply returns the scenario of the continuation.
func (k continuation) apply(base *scenario.Scenario) *scenario.Scenario {
	sc := *base
	sc.Steps = nil
	for i := range len(base.Steps) + 1 {
		taken := false
		for _, e := range k.edits {
			if e.at == i {
				sc.Steps = append(sc.Steps, e.put...)
				taken = taken || e.takes
			}
		}
		if i < len(base.Steps) && !taken {
			sc.Steps = append(sc.Steps, base.Steps[i])
		}
	}
	return &sc
}

// order returns the order that the continuation is played in.
func (k continuation) order(s *search) proxy.Order {
	if k.turn == nil {
		var again recorded
		return again.order(proxy.Seeded(s.o.Seed))
	}
	made := 0
	rest := proxy.Seeded(k.turn.seed)
	return func(n int) int {
		made++
		switch i := made - 1; {
		case i < k.turn.at:
			return min(s.choices.made[i], n-1)
		case i == k.turn.at:
			return min(k.turn.choice, n-1)
		case rest != nil:
			return rest(n)
		}
		return 0
	}
}

// recorded is an order and what it has chosen.
type recorded struct{ made, of []int }

// order returns an order that chooses as another does, FIFO where that is nil, and is noted.
func (r *recorded) order(as proxy.Order) proxy.Order {
	return func(n int) int {
		choice := 0
		if as != nil {
			choice = as(n)
		}
		r.made, r.of = append(r.made, choice), append(r.of, n)
		return choice
	}
}

// continuations lists those that change one thing. What a script expects depends on the calls and the connections,
// so that a scenario without an oracle is given other faults and orders only.
func (s *search) continuations(rnd *rand.Rand) []continuation {
	all := slices.Concat(s.calms(), s.moves(), s.turns(rnd))
	if s.base.Oracle != "" {
		all = slices.Concat(all, s.calls(), s.cuts())
	}
	return all
}

func isFault(st scenario.Step) bool { return strings.HasPrefix(st.Key, "fault ") }

// calms take faults away: each by itself, and all from one on.
func (s *search) calms() []continuation {
	var faults []int
	for i, st := range s.base.Steps {
		if isFault(st) {
			faults = append(faults, i)
		}
	}
	var all []continuation
	for n, i := range faults {
		all = append(all, continuation{what: fmt.Sprintf("step %d, %s, left out", i+1, s.base.Steps[i].Key), calm: true, edits: []edit{{at: i, takes: true}}})
		if n == len(faults)-1 {
			break
		}
		k := continuation{what: fmt.Sprintf("no fault from step %d on", i+1), calm: true}
		for _, j := range faults[n:] {
			k.edits = append(k.edits, edit{at: j, takes: true})
		}
		all = append(all, k)
	}
	return all
}

// moves have a fault strike another packet, or at another byte.
func (s *search) moves() []continuation {
	var all []continuation
	for i, st := range s.base.Steps {
		if !isFault(st) || scenario.AtOnce(st) {
			continue
		}
		change := func(name string, v any) {
			moved := st
			moved.Args = maps.Clone(st.Args)
			moved.Args[name] = v
			all = append(all, continuation{what: fmt.Sprintf("step %d, %s, with %s %v", i+1, st.Key, name, v), edits: []edit{{at: i, put: []scenario.Step{moved}, takes: true}}})
		}
		if nth, ok := st.Args.Int("nth"); ok {
			for _, n := range []int{nth - 1, nth + 1, nth + 2, nth + 3} {
				if n > 0 {
					change("nth", n)
				}
			}
		}
		if at, ok := st.Args.Int("at"); ok {
			for _, n := range []int{0, at - 1, at + 1, at + 2, maxAt} {
				if n >= 0 && n != at {
					change("at", n)
				}
			}
		}
		if by, ok := st.Args.Duration("by"); ok {
			change("by", by/4)
		}
	}
	return all
}

// maxAt is behind the last byte of any packet of a workload.
const maxAt = 1 << 16

// turns depart from the order at each of its choices: each other packet that could have moved there, and FIFO or a
// seed from there on.
func (s *search) turns(rnd *rand.Rand) []continuation {
	var all []continuation
	for i, n := range s.choices.of {
		for choice := range n {
			if choice == s.choices.made[i] {
				continue
			}
			for _, seed := range []uint64{0, 1 + rnd.Uint64N(1<<32)} {
				then := "FIFO"
				if seed != 0 {
					then = fmt.Sprintf("seed %d", seed)
				}
				all = append(all, continuation{what: fmt.Sprintf("choice %d of the order is %d, then %s", i+1, choice, then), turn: &turn{i, choice, seed}})
			}
		}
	}
	return all
}

// calls end the program, leave a call out, or have it make others.
func (s *search) calls() []continuation {
	step := func(key string, args scenario.Args) scenario.Step {
		if args == nil {
			args = scenario.Args{}
		}
		return scenario.Step{Key: key, Args: args}
	}
	others := []struct {
		what  string
		steps []scenario.Step
	}{
		{"a pause of 1s", []scenario.Step{step("wait", scenario.Args{"for": time.Second})}},
		{"a pause of 12s", []scenario.Step{step("wait", scenario.Args{"for": 12 * time.Second})}},
		{"a disconnect and a connect", []scenario.Step{step("client disconnect", nil), step("client connect", nil)}},
		{"an abort and a connect", []scenario.Step{step("client abort", nil), step("client connect", nil)}},
	}
	first := slices.IndexFunc(s.base.Steps, func(st scenario.Step) bool { return st.Key == "client connect" })
	var all []continuation
	for i := range len(s.base.Steps) + 1 {
		if i <= first {
			continue
		}
		for _, o := range others {
			all = append(all, continuation{what: fmt.Sprintf("%s in front of step %d", o.what, i+1), edits: []edit{{at: i, put: o.steps}}})
		}
		if i == len(s.base.Steps) {
			break
		}
		if st := s.base.Steps[i]; !isFault(st) {
			all = append(all, continuation{what: fmt.Sprintf("step %d, %s, left out", i+1, st.Key), edits: []edit{{at: i, takes: true}}})
		}
		end := continuation{what: fmt.Sprintf("no steps from step %d on", i+1)}
		for j := i; j < len(s.base.Steps); j++ {
			end.edits = append(end.edits, edit{at: j, takes: true})
		}
		all = append(all, end)
	}
	return all
}

// cuts end the connection at each packet: in front of it, behind it, or in good order.
func (s *search) cuts() []continuation {
	var all []continuation
	at := 0 // behind the faults that are armed from the beginning
	for at < len(s.base.Steps) && isFault(s.base.Steps[at]) && !scenario.AtOnce(s.base.Steps[at]) {
		at++
	}
	for _, pl := range s.run.places {
		dir, sign := "to_server", ">"
		if pl.toClient {
			dir, sign = "to_client", toClient
		}
		for _, c := range []struct {
			how string
			at  int
		}{{"rst", 0}, {"rst", pl.size}, {"fin", pl.size}} {
			st := scenario.Step{Key: "fault cut", Args: scenario.Args{"nth": pl.nth, "dir": dir, "at": c.at, "how": c.how}}
			all = append(all, continuation{what: fmt.Sprintf("a cut %s at byte %d of %s packet %d", c.how, c.at, sign, pl.nth), edits: []edit{{at: at, put: []scenario.Step{st}}}})
		}
	}
	return all
}

// toClient is the sign of packets to the client.
const toClient = "<"
