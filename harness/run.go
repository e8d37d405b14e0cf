package harness

import (
	"io/fs"
	"sync"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/report"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/scenarios"
)

// These are what an adapter is made of; package subject documents them.
type (
	Env     = subject.Env
	Subject = subject.Subject
	Message = subject.Message
	Options = subject.Options
	Filter  = subject.Filter
	Error   = subject.Error
	Kind    = subject.Kind
	Feature = spec.Feature
	World   = scenario.World
	Totals  = report.Totals
)

// The kinds of errors that an adapter may tell apart; package subject documents them.
const (
	Other       = subject.Other
	Closed      = subject.Closed
	Network     = subject.Network
	Timeout     = subject.Timeout
	Depth       = subject.Depth
	Inflight    = subject.Inflight
	Invalid     = subject.Invalid
	Refused     = subject.Refused
	Protocol    = subject.Protocol
	Pending     = subject.Pending
	Dropped     = subject.Dropped
	Unsupported = subject.Unsupported
)

// Params say what to play. The zero value plays the whole suite with the built-in subjects in the
// simulated world.
type Params struct {
	// New makes the client under test, anew for each scenario. Nil: the built-in subjects.
	New func(Env) (Subject, error)
	// Name is the subject's name in reports; "subject" when empty.
	Name string
	// Features lists what the subject can do. Scenarios that need more are skipped.
	Features []Feature
	// External tells that the subject dials Env.Addr by itself: it plays in the real world.
	External bool
	// World is scenario.Simulated or scenario.Real; when empty, Simulated unless External.
	World World
	// Scenarios holds the scenario files; nil is the built-in suite.
	Scenarios fs.FS
	// Filter is a pattern for the names of scenarios, such as "qos1/*", as [scenario.Match] takes it:
	// a star crosses slashes, and the name of a table selects all of its cases. Empty is all.
	Filter string
	// KnownFailing lists scenarios that the subject is known to fail, by patterns like Filter; see
	// [judge.Known].
	KnownFailing []string
	// Seed orders packets in the simulated world as a conforming peer could have; 0 is the order in
	// which they were sent.
	Seed uint64
	// Settle is the silence at the end of a scenario; 0 is the world's default.
	Settle time.Duration
	// Strict makes failures of the levels should, may and policy count.
	Strict bool
	// Long also plays the scenarios of tens of thousands of steps, which take seconds each. They are skipped otherwise.
	Long bool
	// Require makes some of them count, by name: the name of a profile such as "umqtt", a pattern like
	// Filter such as "reconnect/*", or "api" for what New's client reports through its API; see
	// [judge.Require]. The API of the built-in subjects counts in any case.
	Require []string
	// AtLeast is how many scenarios must come to a verdict on the subject; a run with fewer fails. Without it one
	// is enough. It does not count where -run leaves scenarios out.
	AtLeast int
	// Totals, unless nil, is set to the numbers of the run at its end.
	Totals *Totals
	// InProcess plays New's client in this process, as a debugger wants it. Otherwise it is played in worker
	// processes: this test binary, started again for the test that calls Run, so that a client which panics in a
	// goroutine of its own, waits for a mutex, has a data race, runs out of stack or memory, or calls os.Exit
	// fails its scenario and no other. The test's code before Run runs in each worker, what is behind Run does
	// not. Coverage of workers that crash is lost. The built-in subjects are played in this process.
	InProcess bool
	// Memory is how many bytes a worker process may take; 0 is 256 MiB, and a negative number is no bound.
	Memory int64
	// Golden also compares each capture with the golden of that subject and scenario: all of it in the
	// simulated world, the bytes of each connection and direction in the real one.
	Golden bool
}

// Run plays scenarios as subtests of t and fails those that do not go as they should. It ends with the totals in
// the log of t, and as its attributes: "mqtt.NAME.passed" and so on, NAME being the subject's; see [testing.T.Attr].
// A suite without a scenario, a filter that selects none, and a run in which no scenario comes to a verdict fail.
func Run(t *testing.T, p Params) {
	t.Helper()
	fsys := p.Scenarios
	if fsys == nil {
		fsys = scenarios.FS()
	}
	all, err := scenario.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if err := judge.Require(p.Require...).Check(all); err != nil {
		t.Fatalf("harness: %v", err)
	}
	if _, err := scenario.Match(p.Filter, ""); err != nil {
		t.Fatalf("harness: filter %q: %v", p.Filter, err)
	}
	call := callName(t)
	if worker != "" {
		if worker == call {
			p.serve(t, fsys, p.subjects()[0])
		}
		return
	}
	if p.Totals != nil {
		*p.Totals = Totals{}
	}
	subjects := p.subjects()
	tallies := make([]*tally, len(subjects))
	var at sync.WaitGroup
	for i, f := range subjects {
		tallies[i] = &tally{}
		if p.world() == scenario.Real && p.New == nil { // their waiting overlaps
			at.Go(func() { p.all(t, all, f, nil, tallies[i]) })
			continue
		}
		var x *isolation
		if p.New != nil && !p.InProcess {
			x = p.isolate(t, call)
		}
		p.all(t, all, f, x, tallies[i])
	}
	at.Wait()
	selected := 0
	for i, f := range subjects {
		selected += tallies[i].selected
		if selected > 0 {
			tallies[i].end(t, f.Name, p)
		}
	}
	if selected == 0 {
		t.Fatalf("harness: the filter %q selects no scenario", p.Filter)
	}
	if err := p.known().Check(all); err != nil {
		t.Errorf("harness: %v", err)
	}
}

// all plays the scenarios that the filter selects with one subject, in workers unless x is nil.
func (p Params) all(t *testing.T, all []*scenario.Scenario, f subject.Factory, x *isolation, totals *tally) {
	t.Run(f.Name, func(t *testing.T) {
		for _, sc := range all {
			if match, _ := sc.Matches(p.Filter); p.Filter != "" && !match {
				continue
			}
			totals.selected++
			t.Run(sc.Name, func(t *testing.T) { p.one(t, sc, f, x, totals) })
		}
	})
	if x != nil {
		for _, problem := range x.end() {
			t.Errorf("harness: %s", problem)
		}
	}
}

// Where real scenarios are played, over all tests of the process: in this process, and in workers.
var (
	inside  = &places{free: insideAtOnce}
	workers = &places{free: workersAtOnce}
)

func (p Params) subjects() []subject.Factory {
	if p.New == nil {
		return subject.Builtin()
	}
	return []subject.Factory{{Name: p.name(), Features: p.Features, New: p.New, External: p.External}}
}

// name is the name of New's client.
func (p Params) name() string {
	if p.Name == "" {
		return "subject"
	}
	return p.Name
}

// memory is how many bytes a worker may take; 0 is no bound.
func (p Params) memory() int64 {
	if p.Memory == 0 {
		return 256 << 20
	}
	return max(p.Memory, 0)
}

// options is how scenarios are played.
func (p Params) options() play.Options {
	return play.Options{Long: p.Long, Seed: p.Seed, Settle: p.Settle, Strict: p.Strict, Require: judge.Require(p.Require...), Foreign: p.New != nil}
}

func (p Params) world() World {
	switch {
	case p.World != "":
		return p.World
	case p.External:
		return scenario.Real
	}
	return scenario.Simulated
}
