package cause

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/proxy"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// Options say how to look for a cause. The zero value is FIFO order and [DefaultRuns].
type Options struct {
	// Seed chooses the order of packets in the failing run, as [play.Options] has it, and which continuations are
	// drawn; 0 is FIFO order.
	Seed uint64
	// Runs is the most continuations that are played; 0 is [DefaultRuns].
	Runs int
	// Strict, Require and Foreign are as in [play.Options].
	Strict  bool
	Require judge.Required
	Foreign bool
}

// DefaultRuns is how many continuations are played at most unless the caller says otherwise.
const DefaultRuns = 600

// Rule says what it means that a failure is certain.
const Rule = "A failure is certain from the first event behind which every continuation that was tried fails. " +
	"A continuation has the same events up to there, at the same times to within 10ms, and departs from the run with the next one."

// A Cause says when the failure of a run became certain.
type Cause struct {
	// Result is what came of the failing run.
	Result *judge.Result `json:"-"`
	// Message says what is wrong with it.
	Message string `json:"message"`
	// Events are those of the failing run.
	Events []Event `json:"events"`
	// Certain is the index in Events of the event with which the failure became certain. It is 0 where no
	// continuation passes, and the number of events where one passes that has all of them.
	Certain int `json:"certain"`
	// Last says what the continuation does that passes and departs last; it is empty where none passes.
	Last string `json:"last"`
	// Tried, Passed and Void are how many continuations were played, how many of them passed, and how many prove
	// nothing, since they could not be played.
	Tried  int `json:"tried"`
	Passed int `json:"passed"`
	Void   int `json:"void"`
	// Whole is how many of those that were tried have all events of the failing run, and WholePassed how many of them
	// passed.
	Whole       int `json:"whole"`
	WholePassed int `json:"whole_passed"`
	// Known is how many continuations there were to choose from before any two were put together.
	Known int `json:"known"`
}

// Behind returns how many continuations have at least the first n events, and how many of them passed.
func (c *Cause) Behind(n int) (tried, passed int) {
	for _, e := range c.Events[n:] {
		tried, passed = tried+e.Departed, passed+e.Passed
	}
	return tried + c.Whole, passed + c.WholePassed
}

// Event returns the event with which the failure became certain. ok is false where one continuation passes that has
// all events of the failing run.
func (c *Cause) Event() (e Event, ok bool) {
	if c.Certain == len(c.Events) {
		return Event{}, false
	}
	return c.Events[c.Certain], true
}

// Tells says in a few sentences how the cause is known.
func (c *Cause) Tells() string {
	before, passed := c.Behind(c.Certain)
	switch {
	case c.Tried == 0:
		return "No continuation could be tried."
	case c.Certain == len(c.Events):
		return fmt.Sprintf("A continuation passes that has all events of the run: %s.", c.Last)
	case c.Passed == 0:
		return fmt.Sprintf("None of %d continuations passes, whichever event they depart at: the failure was certain from the beginning.", c.Tried)
	}
	behind, _ := c.Behind(c.Certain + 1)
	text := fmt.Sprintf("Of %d continuations from in front of it %d passed, at last this one: %s. ", before, passed, c.Last)
	if behind == 0 {
		return text + "None could be tried from behind it."
	}
	return text + fmt.Sprintf("Of %d from behind it none passed.", behind)
}

// Mark returns the cause as a report shows it.
func (c *Cause) Mark() *judge.Cause {
	m := &judge.Cause{Record: -1, Event: "no event: a continuation passes that has all of them", Tells: c.Tells() + " " + Rule}
	if e, ok := c.Event(); ok {
		m.Event = e.String()
	}
	for _, e := range c.Events[:min(c.Certain+1, len(c.Events))] {
		m.Record = max(m.Record, e.Record)
	}
	return m
}

// ErrPasses is the error of a scenario that does not fail.
var ErrPasses = errors.New("it does not fail, so that there is no cause to look for")

// Find looks for the cause of a scenario's failure with a subject in the simulated world. The error matches
// [ErrPasses] where it does not fail, and says otherwise why it could not be played.
func Find(t *testing.T, sc *scenario.Scenario, f subject.Factory, o Options) (*Cause, error) {
	s := &search{t: t, f: f, o: o, base: sc}
	var own recorded
	failed := s.play(sc, own.order(proxy.Seeded(o.Seed)))
	res := failed.res
	switch shown := res.Shown(); {
	case shown == judge.Unsupported || shown == judge.SetupError || shown == judge.Inconclusive:
		return nil, fmt.Errorf("%s with %s: %s: %v", sc.Name, f.Name, shown, res.Reason())
	case !res.Failed():
		return nil, fmt.Errorf("%s with %s: %w", sc.Name, f.Name, ErrPasses)
	}
	c := &Cause{Result: res, Message: res.Reason().Error(), Events: failed.events}
	s.run, s.choices = failed, own
	s.try(c)
	return c, nil
}

// A search is the work on one cause.
type search struct {
	t       *testing.T
	f       subject.Factory
	o       Options
	base    *scenario.Scenario
	run     played   // the failing run
	choices recorded // of its order
}

// try plays continuations and notes what comes of them.
func (s *search) try(c *Cause) {
	most := s.o.Runs
	if most <= 0 {
		most = DefaultRuns
	}
	rnd := rand.New(rand.NewPCG(s.o.Seed, 0xca05e))
	all := s.continuations(rnd)
	c.Known = len(all)
	latest := -1
	one := func(k continuation) {
		if c.Tried+c.Void >= most {
			return
		}
		p := s.play(k.apply(s.base), k.order(s))
		if p.void() {
			c.Void++
			return
		}
		c.Tried++
		n := common(s.run.events, p.events)
		if n < len(c.Events) {
			c.Events[n].Departed++
		} else {
			c.Whole++
		}
		if p.res.Failed() {
			return
		}
		c.Passed++
		if n < len(c.Events) {
			c.Events[n].Passed++
		} else {
			c.WholePassed++
		}
		if n > latest {
			latest, c.Certain, c.Last = n, n, k.what
		}
	}
	for _, k := range sampled(rnd, all, most) {
		one(k)
	}
	// Where one change is not enough, two may be: the last that pass can be led on by another one.
	for range min(most-c.Tried-c.Void, len(all)) {
		a, b := all[rnd.IntN(len(all))], all[rnd.IntN(len(all))]
		if k, ok := a.and(b); ok {
			one(k)
		}
	}
}

// sampled returns at most n continuations in their order: the first ones, which take faults away, and of the others
// those that are drawn.
func sampled(rnd *rand.Rand, all []continuation, n int) []continuation {
	if len(all) <= n {
		return all
	}
	keep := make([]bool, len(all))
	left := n
	for i, k := range all {
		if k.calm && left > 0 {
			keep[i] = true
			left--
		}
	}
	for _, i := range rnd.Perm(len(all)) {
		if left > 0 && !keep[i] {
			keep[i] = true
			left--
		}
	}
	some := make([]continuation, 0, n)
	for i, k := range all {
		if keep[i] {
			some = append(some, k)
		}
	}
	return some
}

// play plays a scenario in an order of packets.
func (s *search) play(sc *scenario.Scenario, order proxy.Order) played {
	var p played
	var mu sync.Mutex
	var notes []noted
	note := func(n noted) {
		mu.Lock()
		defer mu.Unlock()
		notes = append(notes, n)
	}
	p.res = play.Simulated(s.t, sc, s.f, play.Options{
		Seed: s.o.Seed, Order: order, Strict: s.o.Strict, Require: s.o.Require, Foreign: s.o.Foreign,
		Taken: func(records int, q fault.Packet) {
			p.saw(q)
			if q.Dir == wire.ToServer {
				note(noted{records, reached, q.Conn, textOf(q)})
			}
		},
		Noted: func(records int, line string) { note(noted{records, reported, 0, line}) },
	})
	if p.res.Capture != nil {
		p.events = eventsOf(p.res.Capture, notes)
	}
	return p
}

// tolerance is how much two runs may differ in the time between two events that are the same ones. A step of a
// scenario that arms a fault takes a millisecond.
const tolerance = 10 * time.Millisecond
