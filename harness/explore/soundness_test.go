package explore_test

import (
	"flag"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"testing"

	"umqtt/harness/explore"
	"umqtt/harness/judge"
	"umqtt/harness/scenario"
	"umqtt/harness/variant"
)

// `make variants` sets these, and `make determinism` the first.
var (
	whole = flag.Bool("whole", false, "play every case with every variant, mutant and subject, and not a share of them with each")
	pairs = flag.Int("pairs", 20, "how many pairs of variants are played")
	seed  = flag.Uint64("pairseed", 1, "the seed by which the pairs are drawn")
)

// soundness plays the suite with variants, a share of each table with each.
func soundness(t *testing.T, variants []variant.Variant) (sounds []explore.Sound) {
	t.Helper()
	for some, cases := range shares(variants, sampled(t)) {
		sounds = append(sounds, explore.Soundness(some, cases, runtime.GOMAXPROCS(0), explore.InBubble(t))...)
	}
	return sounds
}

// shares divides clients among scenarios: each client plays every eighth case of a table, since these are much alike,
// and every second scenario that is in no table; its neighbours play others. With -whole each plays all.
func shares[C any](clients []C, all []*scenario.Scenario) iter.Seq2[[]C, []*scenario.Scenario] {
	n := 8
	if *whole {
		n = 1
	}
	return func(yield func([]C, []*scenario.Scenario) bool) {
		for share := range n {
			var some []C
			for i := share; i < len(clients); i += n {
				some = append(some, clients[i])
			}
			seen := map[string]int{} // cases of each file so far
			alone := 0               // scenarios in no table so far
			cases := slices.DeleteFunc(slices.Clone(all), func(sc *scenario.Scenario) bool {
				if sc.Case == (scenario.Pos{}) {
					alone++
					return n > 1 && alone%2 != share%2
				}
				seen[sc.File]++
				return seen[sc.File]%n != share
			})
			if !yield(some, cases) {
				return
			}
		}
	}
}

// lines are the accusations of the variants as the list has them.
func lines(sounds []explore.Sound) (all []string, why map[string]*judge.Result) {
	why = map[string]*judge.Result{}
	for _, s := range sounds {
		for _, res := range s.Accusations {
			line := fmt.Sprintf("%s %s %s", s.Variant.Name, res.Scenario.Name, res.Verdict)
			all = append(all, line)
			why[line] = res
		}
	}
	return all, why
}

// No must or should scenario accuses a client that keeps the standard in its own way, and none finds its API at
// fault unless its habit is to tell something else.
func TestNobodyIsAccusedWrongly(t *testing.T) {
	sounds := soundness(t, variant.All())
	got, why := lines(sounds)
	for _, line := range got {
		t.Errorf("%s: %s", line, why[line].Failure.Report())
	}
	for _, s := range sounds {
		for _, res := range s.APIFailures {
			if !s.Variant.TellsOtherwise {
				t.Errorf("%s %s: %s", s.Variant.Name, res.Scenario.Name, res.ReportAPI())
			}
		}
		if *whole && s.Variant.TellsOtherwise && len(s.APIFailures) == 0 {
			t.Errorf("%s: no API failure, although it tells otherwise", s.Variant.Name)
		}
	}
}

// Two habits together are accused of nothing.
func TestNoPairIsAccusedWrongly(t *testing.T) {
	some, err := explore.Pairs(variant.All(), *pairs, *seed)
	if err != nil {
		t.Fatal(err)
	}
	got, why := lines(soundness(t, some))
	for _, line := range got {
		t.Errorf("%s: %s", line, why[line].Failure.Report())
	}
}

// A seed draws the same pairs each time, another one others; there are no more than there are.
func TestPairsAreDrawnBySeed(t *testing.T) {
	names := func(n int, seed uint64) (all []string) {
		some, err := explore.Pairs(variant.All(), n, seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range some {
			all = append(all, v.Name)
		}
		return all
	}
	one := names(300, 1)
	if !slices.Equal(one, names(300, 1)) {
		t.Error("the same seed draws other pairs")
	}
	if slices.Equal(one, names(300, 2)) {
		t.Error("another seed draws the same pairs")
	}
	slices.Sort(one)
	if n := len(slices.Compact(one)); n != 300 {
		t.Errorf("300 pairs are %d different ones", n)
	}
	if _, err := explore.Pairs(variant.All(), 100_000, 1); err == nil {
		t.Error("100,000 pairs are drawn")
	}
}

// What accuses is a must or should case that did not pass on the wire.
func TestAccuses(t *testing.T) {
	for _, tt := range []struct {
		level   scenario.Level
		verdict judge.Verdict
		want    bool
	}{
		{scenario.Must, judge.Fail, true},
		{scenario.Must, judge.Inconclusive, true},
		{scenario.Must, judge.SetupError, true},
		{scenario.Should, judge.Warn, true},
		{scenario.Must, judge.Pass, false},
		{scenario.Must, judge.Unsupported, false},
		{scenario.May, judge.Info, false},
		{scenario.Policy, judge.Fail, false},
	} {
		res := &judge.Result{Scenario: &scenario.Scenario{Level: tt.level}, Verdict: tt.verdict}
		if got := explore.Accuses(res); got != tt.want {
			t.Errorf("%s %s accuses: %t, want %t", tt.level, tt.verdict, got, tt.want)
		}
	}
}
