package explore_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"umqtt/harness/explore"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/variant"
)

var draw = flag.Bool("draw", false, "draw the cases of testdata/shows.txt anew; takes minutes")

const (
	// showsFile has a line for each variant and case in which the habit of the variant shows.
	showsFile = "testdata/shows.txt"
	// showing is how many cases, each of another file, are drawn for a variant.
	showing = 4
	// quick is the longest time of a case that is played over TCP, on the clock of the simulated world, where a
	// case ends with a second of silence.
	quick = 5 * time.Second
)

// unshown lists the variants whose habits show in no quick case, and why. They play cases of the tag smoke.
var unshown = map[string]string{
	"ref-patient":                "it waits nine seconds",
	"ref-drains":                 "it waits five seconds",
	"ref-resends-slowly":         "it waits 20 seconds",
	"ref-keeps-qos-0":            "the cases in which a connection is missing take longer",
	"ref-pieces":                 "a capture has whole packets",
	"ref-filters-one-by-one":     "it has not the feature that cases of many filters need",
	"ref-filters-at-once":        "it has not the feature that cases of many filters need",
	"ref-resubscribes-when-gone": "the quick case in which it subscribes again is no must or should",
	"simple-tells-little":        "it has not the features that cases of what it conceals need",
	"ref-tells-little":           "it has not the features that cases of what it conceals need",
}

// No variant is accused over TCP. Each plays every second of the quick cases of the tag smoke, its neighbour in the
// list the others, and those in which its habit shows. With the race detector, each plays one case.
func TestNobodyIsAccusedOverTCP(t *testing.T) {
	if *draw {
		drawShows(t)
	}
	sample := realSample(t, shows(t))
	var played, late atomic.Int32
	sounds := explore.Soundness(variant.All(), suite(t), realAtOnce, func(sc *scenario.Scenario, f subject.Factory) *judge.Result {
		if !sample[choice{f.Name, sc.Name}] {
			return &judge.Result{Scenario: sc, Verdict: judge.Unsupported}
		}
		res := explore.Real(sc, f)
		if res.Verdict == judge.Inconclusive && res.Late > play.Tolerated {
			late.Add(1)
			t.Logf("%s %s: %s", f.Name, sc.Name, res.Failure.Message)
			return &judge.Result{Scenario: sc, Verdict: judge.Unsupported}
		}
		played.Add(1)
		return res
	})
	t.Logf("%d cases came to a verdict, %d did not: the machine was late", played.Load(), late.Load())
	if played.Load() == 0 {
		t.Error("no case came to a verdict")
	}
	got, why := lines(sounds)
	for _, line := range got {
		t.Errorf("%s: %s", line, why[line].Report())
	}
}

// choice is one case with one variant, by name.
type choice struct{ variant, scenario string }

// realSample returns what is played over TCP: the cases in which habits show, and half of those of
// the tag smoke that are quick. A case of the list in which the habit does not show, or that is slow, is an error.
func realSample(t *testing.T, shows map[string][]string) map[choice]bool {
	t.Helper()
	all := suite(t)
	probe := newProbe(t)
	sample := map[choice]bool{}
	for i, v := range variant.All() {
		names, smoke := shows[v.Name], i
		if why := unshown[v.Name]; (len(names) == 0) != (why != "") {
			t.Errorf("%s: its habit shows in %d cases of %s, and the reason for none is %q; want one of both", v.Name, len(names), showsFile, why)
		}
		for _, name := range names {
			if !slices.ContainsFunc(all, func(sc *scenario.Scenario) bool { return sc.Name == name }) {
				t.Errorf("%s: there is no case %s: see %s", v.Name, name, showsFile)
			}
		}
		if raced && len(names) > 1 {
			names = names[:1]
		}
		for _, sc := range all {
			listed := slices.Contains(names, sc.Name)
			if slices.Contains(sc.Tags, "smoke") {
				smoke++
			} else if !listed {
				continue
			}
			if !listed && (raced && len(names) > 0 || smoke%2 == 0) {
				continue
			}
			shows, fast := probe.look(v, sc)
			if listed && (!shows || !fast) {
				t.Errorf("%s: its habit shows in %s: %t, and the case is quick: %t; draw others by -draw", v.Name, sc.Name, shows, fast)
			}
			if fast {
				sample[choice{v.Name, sc.Name}] = true
			}
		}
	}
	return sample
}

// A probe asks the simulated world about a case, for what the real one would need time.
type probe struct {
	play  explore.Play
	bases map[string]subject.Factory
	usual map[choice]string // traces of the subjects without a habit
}

func newProbe(t *testing.T) *probe {
	p := &probe{explore.InBubble(t), map[string]subject.Factory{}, map[choice]string{}}
	for _, f := range subject.Builtin() {
		p.bases[f.Name] = f
	}
	return p
}

// look reports whether the trace of a case is another one than without the habit, and whether the case is quick.
// A case that the variant does not play is neither.
func (p *probe) look(v variant.Variant, sc *scenario.Scenario) (shows, fast bool) {
	res := p.play(sc, v.Factory())
	if res.Verdict == judge.Unsupported {
		return false, false
	}
	base := choice{v.Base, sc.Name}
	if _, known := p.usual[base]; !known {
		p.usual[base] = p.play(sc, p.bases[v.Base]).Trace
	}
	return res.Trace != p.usual[base], res.Elapsed <= quick
}

// shows returns the cases of showsFile by variant.
func shows(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(showsFile)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		var name, sc string
		if _, err := fmt.Sscan(line, &name, &sc); err != nil {
			t.Fatalf("%s: %q: %v", showsFile, line, err)
		}
		if _, known := variant.Find(name); !known {
			t.Errorf("%s: there is no variant %s", showsFile, name)
		}
		cases[name] = append(cases[name], sc)
	}
	return cases
}

// drawShows writes showsFile: for each variant the first cases of different files in which its habit shows, in an
// order of the suite drawn by a fixed seed.
func drawShows(t *testing.T) {
	t.Helper()
	all := slices.DeleteFunc(slices.Clone(suite(t)), func(sc *scenario.Scenario) bool { return sc.Level != scenario.Must && sc.Level != scenario.Should })
	rng := rand.New(rand.NewPCG(1, 0))
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	probe := newProbe(t)
	var text strings.Builder
	for _, v := range variant.All() {
		files := map[string]bool{}
		for _, sc := range all {
			if len(files) == showing || files[sc.File] {
				continue
			}
			if shows, fast := probe.look(v, sc); shows && fast {
				files[sc.File] = true
				fmt.Fprintln(&text, v.Name, sc.Name)
			}
		}
	}
	if err := os.WriteFile(showsFile, []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}
