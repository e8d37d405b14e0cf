package explore_test

import (
	"runtime"
	"testing"

	"umqtt/harness/explore"
	"umqtt/harness/mutant"
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

// A scenario is about one thing: a mutant fails no more than a quarter of those that play, unless its bytes
// are malformed or it is one of the few that are wrong all over.
func TestKillsAreSpecific(t *testing.T) {
	all := suite(t)
	seen := map[string]bool{}
	for _, k := range explore.Matrix(mutant.All(), []subject.Factory{subject.Simple()}, all, runtime.GOMAXPROCS(0), explore.Strictly(t)) {
		wide := 4*len(k.By) > len(k.Played) && !k.Malformed
		if _, known := broad[k.Mutant]; wide != known {
			t.Errorf("%s is killed by %d of %d scenarios (malformed bytes: %t); in the list of broad ones: %t", k.Mutant, len(k.By), len(k.Played), k.Malformed, known)
		}
		seen[k.Mutant] = true
	}
	for name := range broad {
		if !seen[name] {
			t.Errorf("%s is no mutant", name)
		}
	}
}
