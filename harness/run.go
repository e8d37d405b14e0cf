package harness

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"umqtt/golden"
	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/play"
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
	// Require makes some of them count, by name: the name of a profile such as "umqtt", a pattern like
	// Filter such as "reconnect/*", or "api" for what New's client reports through its API; see
	// [judge.Require]. The API of the built-in subjects counts in any case.
	Require []string
	// Golden also compares each capture with the golden of that subject and scenario: all of it in the
	// simulated world, the bytes of each connection and direction in the real one.
	Golden bool
}

// Run plays scenarios as subtests of t and fails those that do not go as they should. It ends with the totals in
// the log of t. A suite without a scenario, a filter that selects none, and a run in which nothing was played fail.
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
	selected := 0
	for _, f := range p.subjects() {
		totals := &tally{}
		t.Run(f.Name, func(t *testing.T) {
			for _, sc := range all {
				if match, _ := sc.Matches(p.Filter); p.Filter != "" && !match {
					continue
				}
				selected++
				t.Run(sc.Name, func(t *testing.T) { p.one(t, sc, f, totals) })
			}
		})
		if selected > 0 {
			totals.end(t, f.Name)
		}
	}
	if selected == 0 {
		t.Fatalf("harness: the filter %q selects no scenario", p.Filter)
	}
	if err := p.known().Check(all); err != nil {
		t.Errorf("harness: %v", err)
	}
}

// places bounds how many real scenarios are played at a time, over all tests of the process.
var places = make(chan struct{}, realAtOnce)

func (p Params) subjects() []subject.Factory {
	if p.New == nil {
		return subject.Builtin()
	}
	name := p.Name
	if name == "" {
		name = "subject"
	}
	return []subject.Factory{{Name: name, Features: p.Features, New: p.New, External: p.External}}
}

// one plays one scenario, counts it, and turns its verdict into the test's.
func (p Params) one(t *testing.T, sc *scenario.Scenario, f subject.Factory, totals *tally) {
	t.Helper()
	o := play.Options{Seed: p.Seed, Settle: p.Settle, Strict: p.Strict, Require: judge.Require(p.Require...), Foreign: p.New != nil}
	var res *judge.Result
	if p.world() == scenario.Real {
		// A real scenario mostly waits. It starts at once, beside more others than t.Parallel lets run.
		played := make(chan *judge.Result, 1)
		go func() {
			places <- struct{}{}
			defer func() { <-places }()
			played <- play.Real(sc, f, o)
		}()
		t.Parallel()
		res = <-played
	} else {
		t.Parallel()
		res = play.Simulated(t, sc, f, o)
	}
	p.known().Judge(res)
	totals.add(res)
	p.verdict(t, res)
}

// verdict turns the verdict of a result into that of its test.
func (p Params) verdict(t *testing.T, res *judge.Result) {
	t.Helper()
	if p.Golden && res.Capture != nil && !res.Failed() && res.Verdict != judge.KnownFail {
		p.compare(t, res) // of a scenario that came to no verdict too: what passed until then is known
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

// compare holds the capture of a run that passed against its golden.
func (p Params) compare(t *testing.T, res *judge.Result) {
	t.Helper()
	if res.World == scenario.Simulated {
		if err := golden.Compare(res.Subject, res.Scenario.Name, res.Capture); err != nil {
			t.Error(err)
		}
		return
	}
	want, err := golden.Load(res.Subject, res.Scenario.Name)
	if err != nil {
		t.Error(err)
		return
	}
	if diff := diffStreams(res.Capture, want, res.Scenario.Peer == scenario.Broker); diff != "" {
		t.Errorf("the real world's bytes differ from the simulated world's (-simulated +real):\n%s", diff)
	}
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
	var elements []string
	for _, e := range strings.Split(t.Name(), "/") {
		elements = append(elements, "^"+regexp.QuoteMeta(e)+"$")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "  replay: go test %s -run '%s'", testedPackage(), strings.Join(elements, "/"))
	if slices.ContainsFunc(subject.Builtin(), func(f subject.Factory) bool { return f.Name == res.Subject }) {
		fmt.Fprintf(&b, "\n  or:     go run ./harness/cmd/mqttconform run --world %s --seed %d --subject %s --filter '%s'", res.World, res.Seed, res.Subject, res.Scenario.Name)
		if p.Strict {
			b.WriteString(" --strict")
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
