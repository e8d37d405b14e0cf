package harness

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"umqtt/golden"
	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

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
