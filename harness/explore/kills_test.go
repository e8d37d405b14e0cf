package explore_test

import (
	"runtime"
	"slices"
	"testing"

	"umqtt/harness/explore"
	"umqtt/harness/mutant"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// broad lists the mutants that are wrong in nearly everything they do, and why.
var broad = map[string]string{
	"connect-second":           "no connection survives a first packet that is not CONNECT",
	"connect-twice":            "the connection is over with its second CONNECT",
	"session-present-imagined": "a client closes a connection whose clean session is said to be present",
	"first-dup":                "a monitor sees every first sending at QoS 1",
	"success-before-ack":       "the API is judged in every scenario that publishes at QoS 1",
}

// A file is about one thing: a mutant fails in no more than a quarter of those that play, unless its bytes
// are malformed or it is one of the few that are wrong all over. A table counts once, however many cases it has, and
// each mutant plays a share of them; a share says nothing of a mutant near the quarter.
func TestKillsAreSpecific(t *testing.T) {
	if raced {
		t.Skip("it is about the suite, not about the code; it runs without the race detector")
	}
	all, play := suite(t), explore.Strictly(t)
	list := mutant.All()
	if !*whole { // TestEveryMutantIsKilled plays those that need a long scenario
		list = slices.DeleteFunc(list, func(m mutant.Mutant) bool { return m.Long })
	}
	var kills []explore.Kills
	for mutants, cases := range shares(list, all) {
		kills = append(kills, explore.Matrix(mutants, []subject.Factory{subject.Simple()}, cases, runtime.GOMAXPROCS(0), play)...)
	}
	seen := map[string]bool{}
	for _, k := range kills {
		by, played := files(all, k.By), files(all, k.Played)
		wide := 4*by > played && !k.Malformed
		near := 3*by < played && 5*by > played
		if _, known := broad[k.Mutant]; wide != known && (*whole || !near) {
			t.Errorf("%s is killed by %d of %d files (malformed bytes: %t); in the list of broad ones: %t", k.Mutant, by, played, k.Malformed, known)
		}
		seen[k.Mutant] = true
	}
	for name := range broad {
		if !seen[name] {
			t.Errorf("%s is no mutant", name)
		}
	}
}

// files returns how many files the scenarios with these names come from.
func files(all []*scenario.Scenario, names []string) int {
	in := map[string]bool{}
	for _, sc := range all {
		if slices.Contains(names, sc.Name) {
			in[sc.File] = true
		}
	}
	return len(in)
}
