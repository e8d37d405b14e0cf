package explore

import (
	"fmt"
	"slices"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// Systematic is what came of playing the orders of packets that a conforming peer could have chosen.
type Systematic struct {
	// Played is the number of orders that were played, at most the bound.
	Played int
	// Again is how many of them turned out to be equivalent to one that was played before.
	Again int
	// Pruned is how many branches were left out: in each an order begins as one that was played and goes on with
	// another packet. A branch is one order or more, and each is equivalent to one that was played.
	Pruned int
	// Complete tells that every order was played, or one that is equivalent to it. Otherwise there are more than the
	// bound.
	Complete bool
	// Traces holds the distinct traces.
	Traces Traces
	// Failed is the first run whose verdict is not pass, and Choices how to play it again with [PlayOrder].
	Failed  *judge.Result
	Choices []int
}

// String counts.
func (s Systematic) String() string {
	more, bound := "", ""
	if !s.Complete {
		more, bound = " or more", "; the bound is reached"
	}
	return fmt.Sprintf("%d%s orders enumerated, %d played, %d pruned, %d distinct traces%s",
		s.Played+s.Pruned, more, s.Played, s.Pruned, len(s.Traces), bound)
}

// AllOrders plays a scenario in the simulated world once for every legal order of packets, depth first
// from FIFO on, and at most bound times. An order is a list of choices, one wherever more than one packet
// could have moved; whatever was chosen decides what can be chosen next. [ReducedOrders] sees as much in fewer runs.
func AllOrders(t *testing.T, sc *scenario.Scenario, f subject.Factory, bound int) Systematic {
	s := Systematic{Traces: Traces{}}
	next := []int{}
	for s.Played < bound {
		choices, widths, res := playOrder(t, sc, f, next)
		s.Played++
		s.Traces[res.Trace]++
		if res.Shown() != judge.Pass && s.Failed == nil {
			s.Failed, s.Choices = res, slices.Clone(choices)
		}
		for len(choices) > 0 && choices[len(choices)-1] == widths[len(choices)-1]-1 {
			choices = choices[:len(choices)-1]
		}
		if len(choices) == 0 {
			s.Complete = true
			break
		}
		choices[len(choices)-1]++
		next = choices
	}
	return s
}

// PlayOrder plays a scenario in the simulated world. The first packets are delivered in the order of choices, as
// [AllOrders] returns them, and the others in FIFO order. A choice that the run does not offer is a set-up error.
func PlayOrder(t *testing.T, sc *scenario.Scenario, f subject.Factory, choices []int) *judge.Result {
	made, wrong := 0, ""
	res := play.Simulated(t, sc, f, play.Options{Order: func(n int) int {
		if made == len(choices) {
			return 0
		}
		choice := choices[made]
		made++
		if choice >= 0 && choice < n {
			return choice
		}
		if wrong == "" {
			wrong = fmt.Sprintf("choice %d of the order is %d, but there were only 0 to %d", made, choice, n-1)
		}
		return 0
	}})
	if res.Verdict == judge.Unsupported {
		return res
	}
	if wrong == "" && made < len(choices) {
		wrong = fmt.Sprintf("the order has %d choices, but the run had only %d", len(choices), made)
	}
	if wrong != "" {
		res.Verdict, res.Failure = judge.SetupError, &judge.Failure{Message: wrong, Covers: sc.Covers}
	}
	return res
}

// playOrder plays a scenario with these choices first and FIFO from there on. It returns all the choices
// that were made, and how many each of them had to choose from.
func playOrder(t *testing.T, sc *scenario.Scenario, f subject.Factory, first []int) (choices, widths []int, res *judge.Result) {
	res = play.Simulated(t, sc, f, play.Options{Order: func(n int) int {
		choice := 0
		if i := len(choices); i < len(first) {
			choice = first[i]
		}
		choices, widths = append(choices, choice), append(widths, n)
		return choice
	}})
	return choices, widths, res
}
