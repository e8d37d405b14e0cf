// Package play plays scenarios: it builds a world (package world), walks the steps, and has a judge
// (package judge) say what came of it.
//
// A [scenario.Scenario], a subject ([subject.Factory]) and a world give a [judge.Result]: a verdict, the
// capture it rests on, and the digest of the whole run.
//
//	res := play.Simulated(t, sc, factory, play.Options{})  // virtual time, in a bubble of its own
//	res := play.Real(sc, factory, play.Options{})          // loopback TCP and the wall clock
//
// The player is a linear script in one goroutine. The subject's calls run in another one, one after
// another. What the steps look at is the capture alone, and what the subject's API reported; both are
// looked at in the order in which they happened.
package play

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/judge"
	"umqtt/harness/proxy"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/world"
)

// Options say how to play. The zero value is FIFO order and the built-in silence.
type Options struct {
	// World is set by Simulated and Real.
	World scenario.World
	// Seed chooses the order of packets in the simulated world, and drives random faults; 0 is FIFO.
	Seed uint64
	// Order chooses the order of packets in the simulated world in place of the seed.
	Order proxy.Order
	// Explorer, if it is not nil, chooses the order of packets in the simulated world in place of both, and learns what
	// each has touched.
	Explorer proxy.Explorer
	// Misdeed is the name of a rule that the embedded broker breaks on purpose, see [world.Config]; empty is none.
	Misdeed string
	// Settle is how long the silence at the end of a scenario lasts; 0 is one second of virtual
	// time, or 100 ms of real time.
	Settle time.Duration
	// Budget bounds a scenario's virtual time; 0 is [world.DefaultBudget].
	Budget time.Duration
	// Listen is where the subject of the real world connects to, as host:port; empty is a free port of 127.0.0.1.
	Listen string
	// Grace is how long a call of the subject may outlive its context; 0 is an hour of virtual time, or
	// five seconds of real time.
	Grace time.Duration
	// Watchdog bounds a simulated scenario's wall-clock time; 0 is [world.DefaultWatchdog]. When it is over, or
	// the subject waits for a mutex that nobody unlocks, Hung is called.
	Watchdog time.Duration
	// Hung is given the result of a simulated scenario that hangs: nothing can end it but the end of the process.
	// Where Hung is nil or returns, the process ends with a dump of its goroutines.
	Hung func(*judge.Result)
	// Begin is called with each step before it is played, by the goroutine that plays the scenario.
	Begin func(*scenario.Step)
	// Watch, if it is not nil, is called with each packet of the subject's connections before faults.
	Watch func(fault.Packet)
	// Taken, if it is not nil, is called in the simulated world as Watch is, and with how many records there were by
	// then.
	Taken func(records int, q fault.Packet)
	// Noted, if it is not nil, is called with what the subject's API reported, a line each, and how many records
	// there were by then: one call at a time.
	Noted func(records int, line string)
	// Long also plays scenarios that are long: see [scenario.Scenario.Long]. They are unsupported otherwise.
	Long bool
	// Foreign tells that the subject is not one of this module's: a packet that no step expects is a
	// warning, and a PINGREQ not even that.
	Foreign bool
	// Strict makes failures of every level count: should, may and policy as must.
	Strict bool
	// Require is what counts as must besides: scenarios by name or profile, and what the API reports. Of a
	// built-in subject the API counts in any case.
	Require judge.Required
}

// Simulated plays a scenario in a testing/synctest bubble. It fails nothing by itself: the verdict is
// the caller's to judge. t must not be inside a bubble already.
func Simulated(t *testing.T, sc *scenario.Scenario, f subject.Factory, o Options) *judge.Result {
	o.World = scenario.Simulated
	if res := unsuited(sc, f, o); res != nil {
		return res
	}
	var res *judge.Result
	var p atomic.Pointer[player]
	hung := func(why string) {
		if o.Hung != nil {
			o.Hung(hangs(sc, f, o, p.Load(), why))
		}
	}
	if o.Taken != nil {
		watch := o.Watch
		o.Watch = func(q fault.Packet) {
			if watch != nil {
				watch(q)
			}
			o.Taken(p.Load().w.Recorder.Len(), q)
		}
	}
	stopped := world.Bubble(t, sc.Name+" with "+f.Name, o.watchdog(sc), hung, func() {
		w, err := world.InBubble(o.config(sc, f))
		if err != nil {
			res = unbuilt(sc, f, o, err)
			return
		}
		p.Store(newPlayer(sc, w, o))
		res = p.Load().play(f)
	})
	if stopped == nil {
		return res
	}
	if res == nil {
		res = &judge.Result{Scenario: sc, Subject: f.Name, World: o.World, Seed: o.Seed}
	}
	stop(res, stopped)
	if p := p.Load(); p != nil {
		res.Failure.Stacks = world.WithLabel(p.label())
	}
	return res
}

// hangs is the result of a simulated scenario that does not end.
func hangs(sc *scenario.Scenario, f subject.Factory, o Options, p *player, why string) *judge.Result {
	res := &judge.Result{Scenario: sc, Subject: f.Name, World: o.World, Seed: o.Seed, Verdict: judge.Fail,
		Failure: &judge.Failure{Pos: scenario.Pos{File: sc.File, Line: 1, Col: 1}, Message: why}}
	if p == nil {
		return res
	}
	if flood := p.w.Link.Err(); endless(flood) {
		res.Failure.Message = flood.Error() + "; then " + why
	}
	res.Capture = brief(p.w.Recorder.Capture())
	res.Failure.Last = judge.LastOf(res.Capture)
	res.Failure.Stacks = world.WithLabel(p.label())
	return res
}

// stop makes what brought the simulated world to a stop a failure of the result. It keeps the failure that was
// there before, and the capture.
func stop(res *judge.Result, stopped any) {
	message := fmt.Sprintf("the simulated world came to a stop: %v", stopped)
	if world.LeftGoroutines(stopped) {
		message = "the client left goroutines behind: they go on after its last call has ended and it was told to end"
	}
	if res.Failure != nil && res.Verdict != judge.Pass {
		failure := *res.Failure
		failure.Message += "; then " + message
		res.Failure = &failure
	} else {
		res.Failure = &judge.Failure{Pos: scenario.Pos{File: res.Scenario.File, Line: 1, Col: 1}, Message: message}
		if res.Capture != nil {
			res.Failure.Last = judge.LastOf(res.Capture)
		}
	}
	res.Verdict = judge.Fail
}

// Real plays a scenario over loopback TCP.
func Real(sc *scenario.Scenario, f subject.Factory, o Options) *judge.Result {
	o.World = scenario.Real
	if res := unsuited(sc, f, o); res != nil {
		return res
	}
	w, err := world.OverTCP(o.config(sc, f))
	if err != nil {
		return unbuilt(sc, f, o, err)
	}
	return newPlayer(sc, w, o).play(f)
}

// watchdog bounds the wall-clock time of a simulated scenario: a long one may take a millisecond for each step more.
func (o Options) watchdog(sc *scenario.Scenario) time.Duration {
	if o.Watchdog > 0 || !sc.Long() {
		return o.Watchdog
	}
	return world.DefaultWatchdog + time.Duration(sc.Played())*time.Millisecond
}

// config is what the world of a scenario is built from.
func (o Options) config(sc *scenario.Scenario, f subject.Factory) world.Config {
	return world.Config{
		Name: sc.Name, Broker: sc.Peer == scenario.Broker, Seed: o.Seed, Order: o.Order, Explorer: o.Explorer, Misdeed: o.Misdeed, Budget: o.Budget, Grace: o.Grace, Lingers: o.Foreign,
		Listen: o.Listen, Dialed: !o.Foreign && !f.External, Watch: o.Watch, Buffer: sc.Buffer, Transport: sc.Transport, Records: mostRecords(sc),
	}
}

// unbuilt is the result of a scenario whose world could not be built.
func unbuilt(sc *scenario.Scenario, f subject.Factory, o Options, err error) *judge.Result {
	return &judge.Result{
		Scenario: sc, Subject: f.Name, World: o.World, Seed: o.Seed, Verdict: judge.SetupError,
		Failure: &judge.Failure{Message: err.Error()},
	}
}

// Suits returns why a scenario does not play with a subject in a world, or "" when it does.
func Suits(sc *scenario.Scenario, f subject.Factory, w scenario.World) string {
	if missing, ok := f.Has(sc.Needs); !ok {
		return fmt.Sprintf("the client lacks the feature %s", missing)
	}
	if f.External && slices.Contains(sc.Needs, spec.KeepsInStore) {
		return "the client runs in a process of its own, and the harness cannot provide its store"
	}
	if !sc.World.Plays(w) {
		return fmt.Sprintf("it plays in the %s world only: %s", sc.World, sc.Reason)
	}
	if f.External && w == scenario.Simulated {
		return "the client dials by itself and plays in the real world only"
	}
	return ""
}

// unsuited returns the result of a scenario that does not play in this world or with this subject.
func unsuited(sc *scenario.Scenario, f subject.Factory, o Options) *judge.Result {
	why := Suits(sc, f, o.World)
	if why == "" && sc.Long() && !o.Long {
		why = fmt.Sprintf("it plays %d steps, which takes seconds; the option long has it played", sc.Played())
	}
	if why == "" {
		return nil
	}
	res := &judge.Result{Scenario: sc, Subject: f.Name, World: o.World, Seed: o.Seed, Verdict: judge.Unsupported,
		Failure: &judge.Failure{Message: why}}
	if missing, ok := f.Has(sc.Needs); !ok {
		res.Missing = missing
	}
	return res
}
