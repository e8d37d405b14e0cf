package harness

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"umqtt/golden"
	"umqtt/harness/capture"
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

// one plays one scenario, in a worker unless x is nil, counts it, and turns its verdict into the test's.
func (p Params) one(t *testing.T, sc *scenario.Scenario, f subject.Factory, x *isolation, totals *tally) {
	t.Helper()
	if play.Suits(sc, f, p.world()) != "" {
		x = nil
	}
	var res *judge.Result
	printed := ""
	once := func() *judge.Result {
		switch {
		case x != nil:
			res, printed = x.play(sc)
		case p.world() == scenario.Real:
			res = play.Real(sc, f, p.options())
		default:
			res = play.Simulated(t, sc, f, p.options())
		}
		if p.comparable(res) && p.world() == scenario.Real {
			res.Differs = differs(res)
		}
		return res
	}
	if p.world() == scenario.Real {
		// A real scenario mostly waits. It starts at once, beside more others than t.Parallel lets run.
		played := make(chan bool, 1)
		at := inside
		if x != nil {
			at = workers
		}
		at.run(play.Takes(sc), func() {
			play.Steadily(once)
			close(played)
		})
		t.Parallel()
		<-played
	} else {
		t.Parallel()
		once()
	}
	if res.Failure != nil && res.Failure.Printed == "" && res.Failure.Stacks == "" {
		res.Failure.Printed = printed
	} else if printed != "" {
		t.Logf("printed:\n%.2000s", printed)
	}
	p.known().Judge(res)
	totals.add(res)
	p.verdict(t, res)
}

// verdict turns the verdict of a result into that of its test.
func (p Params) verdict(t *testing.T, res *judge.Result) {
	t.Helper()
	if p.comparable(res) && res.World == scenario.Simulated {
		res.Differs = differs(res)
	}
	if res.Differs != "" && !res.Failed() && res.Verdict != judge.KnownFail {
		t.Error(res.Differs)
	}
	if len(res.APIFailures) > 0 && !res.Failed() && res.Verdict != judge.KnownFail {
		t.Logf("api: %s, which does not count\n%s", res.API, res.ReportAPI())
	}
	switch res.Shown() {
	case judge.Pass:
	case judge.KnownFail:
		t.Skipf("known failing: %v", res.Failure)
	case judge.Fail, judge.APIFail, judge.SetupError:
		t.Errorf("%s\n%s%s%s", res.Shown(), res.Report(), p.replay(t, res), keep(t, res))
	case judge.Unsupported, judge.Inconclusive:
		t.Skipf("%s: %v", res.Verdict, res.Failure)
	default: // warn, info: they count as passed
		t.Logf("%s: %v", res.Verdict, res.Failure)
	}
}

func (p Params) known() judge.Known { return judge.KnownFailing(p.KnownFailing...) }

func (p Params) world() World {
	switch {
	case p.World != "":
		return p.World
	case p.External:
		return scenario.Real
	}
	return scenario.Simulated
}

// comparable reports whether the capture of a result is to be that of its golden. One that came to no verdict is,
// too: what passed until then is known. An abridged one is not in the real world, where a round may begin before the
// last packet of the one before is recorded.
func (p Params) comparable(res *judge.Result) bool {
	if res != nil && res.World == scenario.Real && (res.Abridged || differsByNature(res.Scenario)) {
		return false
	}
	return p.Golden && res.Capture != nil && !res.Failed() && res.Verdict != judge.KnownFail
}

// differsByNature reports whether the bytes of a scenario are others over TCP than in the simulated world: it is not
// played there, the buffers of the system are in them, or the order of threads; or a model judges it, because what a
// fault strikes depends on which of two packets is faster.
func differsByNature(sc *scenario.Scenario) bool {
	if !sc.World.Plays(scenario.Simulated) || sc.Buffer > 0 || sc.Oracle != "" {
		return true
	}
	for st := range sc.AllSteps() {
		if _, threaded := st.Args["thread"]; threaded {
			return true
		}
	}
	return false
}

// differs returns how the capture of a result differs from its golden, or "".
func differs(res *judge.Result) string {
	if res.World == scenario.Simulated {
		if err := golden.Compare(res.Subject, res.Scenario.Name, res.Capture); err != nil {
			return err.Error()
		}
		return ""
	}
	want, err := golden.Load(res.Subject, res.Scenario.Name)
	if err != nil {
		return err.Error()
	}
	diff := diffStreams(res.Capture, want, res.Scenario)
	if diff == "" {
		return ""
	}
	return "the real world's bytes differ from the simulated world's (-simulated +real):\n" + diff
}

// keep writes the capture of a failed run where the test keeps its artifacts, and says where.
func keep(t *testing.T, res *judge.Result) string {
	if res.Capture == nil {
		return ""
	}
	if f := flag.Lookup("test.artifacts"); f == nil || f.Value.String() != "true" {
		return "\n  capture: with -artifacts the test keeps it as got.wire, and says where"
	}
	file := filepath.Join(t.ArtifactDir(), "got.wire")
	if err := os.WriteFile(file, capture.Format(res.Capture), 0o666); err != nil {
		return "\n  capture: " + err.Error()
	}
	return "\n  capture: " + file
}

// replay says how to play the scenario again.
func (p Params) replay(t *testing.T, res *judge.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  replay: go test %s -run '%s'", testedPackage(), exactly(t.Name()))
	if slices.ContainsFunc(subject.Builtin(), func(f subject.Factory) bool { return f.Name == res.Subject }) {
		fmt.Fprintf(&b, "\n  or:     go run ./harness/cmd/mqttconform run --world %s --seed %d --subject %s --filter '%s'", res.World, res.Seed, res.Subject, res.Scenario.Name)
		if p.Strict {
			b.WriteString(" --strict")
		}
		if res.Scenario.Long() {
			b.WriteString(" --long")
		}
		for _, word := range p.Require {
			fmt.Fprintf(&b, " --require '%s'", word)
		}
		fmt.Fprintf(&b, "\n  update: go test ./golden -update   (when the new behaviour is right)")
	}
	return b.String()
}

// testedPackage is the import path of the package whose test this is, or "." where it is not known.
func testedPackage() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || !strings.HasSuffix(info.Path, ".test") {
		return "."
	}
	return strings.TrimSuffix(info.Path, ".test")
}
