package explore_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"umqtt/harness/explore"
	"umqtt/harness/judge"
	"umqtt/harness/scenario"
	"umqtt/harness/variant"
)

var (
	pairs   = flag.Int("pairs", 20, "how many pairs of variants are played")
	seed    = flag.Uint64("pairseed", 1, "the seed by which the pairs are drawn")
	accused = flag.Bool("accused", false, "rewrite testdata/accused.txt")
)

// accusedFile lists the accusations that are known: variant, scenario and verdict in a line. It is to be empty.
const accusedFile = "testdata/accused.txt"

// known returns the lines of the list.
func known(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile(accusedFile)
	if err != nil {
		t.Fatal(err)
	}
	return strings.FieldsFunc(string(b), func(r rune) bool { return r == '\n' })
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

// No must or should scenario accuses a client that keeps the standard in its own way, but for those on the list.
func TestNobodyIsAccusedWrongly(t *testing.T) {
	got, why := lines(explore.Soundness(variant.All(), suite(t), runtime.GOMAXPROCS(0), explore.InBubble(t)))
	if *accused {
		write(t, got)
		return
	}
	list := known(t)
	for _, line := range got {
		if !slices.Contains(list, line) {
			t.Errorf("%s: %s", line, why[line].Failure.Report())
		}
	}
	for _, line := range list {
		if !slices.Contains(got, line) && !strings.Contains(line, "+") {
			t.Logf("%s: no longer so; go test ./harness/explore -run Accused -accused -pairs 300 removes it", line)
		}
	}
}

// Two habits together are accused of nothing that neither is accused of.
func TestNoPairIsAccusedWrongly(t *testing.T) {
	some, err := explore.Pairs(variant.All(), *pairs, *seed)
	if err != nil {
		t.Fatal(err)
	}
	list := known(t)
	var more []string
	for _, s := range explore.Soundness(some, suite(t), runtime.GOMAXPROCS(0), explore.InBubble(t)) {
		for _, res := range s.Accusations {
			if *accused {
				more = append(more, fmt.Sprintf("%s %s %s", s.Variant.Name, res.Scenario.Name, res.Verdict))
			} else if !slices.ContainsFunc(list, func(line string) bool { return blames(line, s.Variant.Name, res.Scenario.Name) }) {
				t.Errorf("%s %s %s: %s", s.Variant.Name, res.Scenario.Name, res.Verdict, res.Failure.Report())
			}
		}
	}
	if *accused {
		more = slices.DeleteFunc(more, func(line string) bool {
			f := strings.Fields(line)
			return slices.ContainsFunc(list, func(l string) bool { return blames(l, f[0], f[1]) })
		})
		write(t, append(list, more...))
	}
}

// write writes the list.
func write(t *testing.T, list []string) {
	t.Helper()
	text := ""
	for _, line := range list {
		text += line + "\n"
	}
	if err := os.WriteFile(accusedFile, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// blames reports whether a line of the list is about this scenario and this variant, or one of the two of this pair.
func blames(line, name, sc string) bool {
	f := strings.Fields(line)
	if f[1] != sc {
		return false
	}
	first, second, paired := strings.Cut(name, "+")
	return f[0] == name || f[0] == first || paired && f[0] == "ref-"+second
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
		t.Error("100,000 pairs are drawn of 76 variants")
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
