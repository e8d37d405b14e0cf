// Package play plays scenarios: it builds a world, walks the steps, and says what came of it.
//
// A [scenarios.Scenario], a subject ([subject.Factory]) and a world give a [Result]: a verdict, the
// capture it rests on, and the digest of the whole run.
//
//	res := play.Simulated(t, sc, factory, play.Options{})  // virtual time, in a bubble of its own
//	res := play.Real(sc, factory, play.Options{})          // loopback TCP and the wall clock
//
// The player is a linear script in one goroutine. The subject's calls run in another one, one after
// another. What the steps look at is the capture alone, and what the subject's API reported; both are
// looked at in the order in which they happened. Beside the steps, three things are judged in every
// scenario: no call may report success before the packet that answers it was handed over, the message
// callback may get nothing that the wire has not shown, whole and as often, and no monitor (package
// monitor) may object to the capture. What is wrong there names the rule that is about it, whatever the
// scenario covers: a statement, or what users of any API count on (api-delivery-1, api-outcome-1 and
// api-outcome-2 of package spec).
package play

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/harness/proxy"
	"umqtt/harness/subject"
	"umqtt/scenarios"
)

// Options say how to play. The zero value is FIFO order and the built-in silence.
type Options struct {
	// World is set by Simulated and Real.
	World scenarios.World
	// Seed chooses the order of packets in the simulated world, and drives random faults; 0 is FIFO.
	Seed uint64
	// Order chooses the order of packets in the simulated world in place of the seed.
	Order proxy.Order
	// Settle is how long the silence at the end of a scenario lasts; 0 is one second of virtual
	// time, or 100 ms of real time.
	Settle time.Duration
	// Budget bounds a scenario's virtual time; 0 is DefaultBudget.
	Budget time.Duration
	// Watchdog bounds a simulated scenario's wall-clock time; 0 is DefaultWatchdog. When it is over the
	// process ends with a dump of its goroutines.
	Watchdog time.Duration
	// Foreign tells that the subject is not one of this module's: a packet that no step expects is a
	// warning, and a PINGREQ not even that.
	Foreign bool
	// Strict makes failures of every level count: should, may and policy as must.
	Strict bool
}

func (o Options) order() proxy.Order {
	if o.Order != nil {
		return o.Order
	}
	return proxy.Seeded(o.Seed)
}

func (o Options) budget() time.Duration {
	if o.Budget > 0 {
		return o.Budget
	}
	return DefaultBudget
}

func (o Options) watchdog() time.Duration {
	if o.Watchdog > 0 {
		return o.Watchdog
	}
	return DefaultWatchdog
}

func (o Options) settle() time.Duration {
	switch {
	case o.Settle > 0:
		return o.Settle
	case o.World == scenarios.Simulated:
		return time.Second
	}
	return 100 * time.Millisecond
}

// moment is long enough for everything that is under way to arrive.
func (o Options) moment() time.Duration {
	if o.World == scenarios.Simulated {
		return tick
	}
	return min(o.settle(), 100*time.Millisecond)
}

// stuckAfter is how long a call of the subject may outlive its context: in virtual time long enough for
// timers of its own.
func (o Options) stuckAfter() time.Duration {
	if o.World == scenarios.Simulated {
		return time.Hour
	}
	return 5 * time.Second
}

// lingers is how long what a subject has ended may take to be gone: connections and goroutines.
const lingers = 2 * time.Second

// settled waits until the channel is closed, for at most stuckAfter.
func (o Options) settled(ended <-chan struct{}) bool {
	timer := time.NewTimer(o.stuckAfter())
	defer timer.Stop()
	select {
	case <-ended:
		return true
	case <-timer.C:
		return false
	}
}

// Simulated plays a scenario in a testing/synctest bubble. It fails nothing by itself: the verdict is
// the caller's to judge. t must not be inside a bubble already.
func Simulated(t *testing.T, sc *scenarios.Scenario, f subject.Factory, o Options) (res *Result) {
	o.World = scenarios.Simulated
	if res := unsuited(sc, f, o); res != nil {
		return res
	}
	defer func() {
		if p := recover(); p != nil {
			failure := &Failure{Message: fmt.Sprintf("the simulated world came to a stop: %v", p)}
			if res != nil && res.Failure != nil {
				failure.Message = res.Failure.Message + "; then " + failure.Message
			}
			if res != nil {
				failure.Message += "\n" + withLabel(res.label)
			}
			res = &Result{Scenario: sc, Subject: f.Name, World: o.World, Seed: o.Seed, Verdict: Fail, Failure: failure}
		}
	}()
	defer watchdog(sc.Name+" with "+f.Name, o.watchdog())()
	synctest.Test(t, func(*testing.T) {
		w, err := simulated(sc, o)
		res = playIn(w, err, sc, f, o)
	})
	return res
}

// Real plays a scenario over loopback TCP.
func Real(sc *scenarios.Scenario, f subject.Factory, o Options) *Result {
	o.World = scenarios.Real
	if res := unsuited(sc, f, o); res != nil {
		return res
	}
	w, err := overTCP(sc, o.Seed)
	return playIn(w, err, sc, f, o)
}

func playIn(w *world, err error, sc *scenarios.Scenario, f subject.Factory, o Options) *Result {
	if err != nil {
		return &Result{Scenario: sc, Subject: f.Name, World: o.World, Seed: o.Seed, Verdict: SetupError,
			Failure: &Failure{Message: err.Error()}}
	}
	return newPlayer(sc, w, o).play(f)
}

// Suits returns why a scenario does not play with a subject in a world, or "" when it does.
func Suits(sc *scenarios.Scenario, f subject.Factory, w scenarios.World) string {
	if missing, ok := f.Has(sc.Needs); !ok {
		return fmt.Sprintf("the subject lacks the feature %s", missing)
	}
	if !sc.World.Plays(w) {
		return fmt.Sprintf("it plays in the %s world only: %s", sc.World, sc.Reason)
	}
	if f.External && w == scenarios.Simulated {
		return "the subject dials by itself and plays in the real world only"
	}
	return ""
}

// unsuited returns the result of a scenario that does not play in this world or with this subject.
func unsuited(sc *scenarios.Scenario, f subject.Factory, o Options) *Result {
	why := Suits(sc, f, o.World)
	if why == "" {
		return nil
	}
	return &Result{Scenario: sc, Subject: f.Name, World: o.World, Seed: o.Seed, Verdict: Unsupported,
		Failure: &Failure{Message: why}}
}
