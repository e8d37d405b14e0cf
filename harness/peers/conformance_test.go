package peers_test

import (
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"umqtt/harness"
	"umqtt/harness/peers"
	"umqtt/harness/subject"
	"umqtt/scenarios"
)

func TestPaho(t *testing.T) {
	play(t, peers.Paho(), peers.PahoKnown(), peers.PahoCrashes())
}

func TestAtWat(t *testing.T) { play(t, peers.AtWat(), peers.AtWatKnown(), peers.AtWatCrashes()) }

// play plays the suite but for the scenarios that end the process.
func play(t *testing.T, f subject.Factory, known, without []peers.Known) {
	harness.Run(t, harness.Params{
		Name: f.Name, New: f.New, Features: f.Features, KnownFailing: peers.Names(known),
		Scenarios: suite(t, func(name string) bool { return !has(without, name) }),
	})
}

func has(list []peers.Known, scenario string) bool {
	for _, k := range list {
		if k.Scenario == scenario {
			return true
		}
	}
	return false
}

// suite is the built-in suite, as far as its files are wanted.
func suite(t *testing.T, wanted func(name string) bool) fs.FS {
	t.Helper()
	m := fstest.MapFS{}
	err := fs.WalkDir(scenarios.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !wanted(strings.TrimSuffix(name, ".yaml")) {
			return err
		}
		b, err := fs.ReadFile(scenarios.FS(), name)
		m[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// crashing names the scenario that a process of its own is to play.
const crashing = "UMQTT_PEERS_CRASHING"

// TestPahoCrashes holds that paho still panics where PahoCrashes says so.
func TestPahoCrashes(t *testing.T) {
	crashes(t, peers.Paho(), peers.PahoCrashes(), "paho.mqtt.golang")
}

// TestAtWatCrashes holds that at-wat still panics where AtWatCrashes says so.
func TestAtWatCrashes(t *testing.T) {
	crashes(t, peers.AtWat(), peers.AtWatCrashes(), "at-wat/mqtt-go")
}

// crashes plays each of these scenarios in a process that runs the calling test again, and wants a panic in
// the module.
func crashes(t *testing.T, f subject.Factory, list []peers.Known, module string) {
	t.Helper()
	if name := os.Getenv(crashing); name != "" {
		harness.Run(t, harness.Params{
			Name: f.Name, New: f.New, Features: f.Features, Scenarios: suite(t, func(s string) bool { return s == name }),
		})
		return
	}
	test := t.Name()
	for _, k := range list {
		t.Run(k.Scenario, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$", "-test.timeout=1m")
			cmd.Env = append(os.Environ(), crashing+"="+k.Scenario)
			cmd.WaitDelay = 5 * time.Second
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "panic: runtime error") || !strings.Contains(string(out), module) {
				t.Errorf("it ends with %v and without a panic in %s: take it off the list\n%s", err, module, out)
			}
		})
	}
}

// TestReasons holds that each entry says why, and none stands twice.
func TestReasons(t *testing.T) {
	paho := slices.Concat(peers.PahoKnown(), peers.PahoCrashes())
	atwat := slices.Concat(peers.AtWatKnown(), peers.AtWatCrashes())
	for _, list := range [][]peers.Known{paho, atwat} {
		seen := map[string]bool{}
		for _, k := range list {
			if k.Why == "" || k.Fault == "" || seen[k.Scenario] {
				t.Errorf("%q: fault %q, reason %q, twice: %t", k.Scenario, k.Fault, k.Why, seen[k.Scenario])
			}
			seen[k.Scenario] = true
		}
	}
}
