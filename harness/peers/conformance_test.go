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
	"umqtt/harness/judge"
	"umqtt/harness/peers"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/scenarios"
)

// findings are what is known of a client.
type findings struct {
	client    subject.Factory
	known     []peers.Known // fails
	sometimes []peers.Known // fails, though not each time
	hungry    []peers.Known // reserves so much memory that the process may end
	stuck     []peers.Known // waits without end in virtual time
	crashes   []peers.Known // ends the process
	module    string        // which the stack of a crash names
}

func paho() findings {
	return findings{client: peers.Paho(), known: peers.PahoKnown(), hungry: peers.PahoHungry(), crashes: peers.PahoCrashes(), module: "paho.mqtt.golang"}
}

func pahoManual() findings {
	f := paho()
	f.client, f.known = peers.PahoManual(), peers.PahoManualKnown()
	return f
}

func atWat() findings {
	return findings{
		client: peers.AtWat(), known: peers.AtWatKnown(), sometimes: peers.AtWatSometimes(), hungry: peers.AtWatHungry(), stuck: peers.AtWatStuck(), crashes: peers.AtWatCrashes(),
		module: "at-wat/mqtt-go",
	}
}

func atWatReconnect() findings {
	return findings{
		client: peers.AtWatReconnect(), known: peers.AtWatReconnectKnown(), hungry: peers.AtWatReconnectHungry(), stuck: peers.AtWatReconnectStuck(), crashes: peers.AtWatReconnectCrashes(),
		module: "at-wat/mqtt-go",
	}
}

func TestPaho(t *testing.T)           { paho().play(t) }
func TestPahoManual(t *testing.T)     { pahoManual().play(t) }
func TestAtWat(t *testing.T)          { atWat().play(t) }
func TestAtWatReconnect(t *testing.T) { atWatReconnect().play(t) }

// play plays the suite but for what fails only sometimes. Each scenario on the lists fails.
func (f findings) play(t *testing.T) {
	known := slices.Concat(f.known, f.hungry, f.stuck, f.crashes)
	harness.Run(t, harness.Params{
		Name: f.client.Name, New: f.client.New, Features: f.client.Features, KnownFailing: peers.Patterns(known),
		Scenarios: suite(t, func(file string) bool {
			return !slices.ContainsFunc(f.sometimes, func(k peers.Known) bool { return k.Pattern == file })
		}),
	})
}

// suite is the built-in suite, as far as its files are wanted.
func suite(t *testing.T, wanted func(file string) bool) fs.FS {
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

func TestPahoRules(t *testing.T)           { paho().rules(t) }
func TestPahoManualRules(t *testing.T)     { pahoManual().rules(t) }
func TestAtWatRules(t *testing.T)          { atWat().rules(t) }
func TestAtWatReconnectRules(t *testing.T) { atWatReconnect().rules(t) }

// tries is how often a scenario is played that fails only sometimes.
const tries = 50

// rules checks that each scenario on the lists of what neither ends the process nor takes its memory fails, and that its
// failure names the rule that the list names.
func (f findings) rules(t *testing.T) {
	all, err := scenario.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	each := func(list []peers.Known, tries int) {
		for _, k := range list {
			for _, sc := range all {
				if match, _ := sc.Matches(k.Pattern); match && f.fits(sc) {
					t.Run(sc.Name, func(t *testing.T) { f.breaks(t, sc, k.Rule, tries) })
				}
			}
		}
	}
	each(f.known, 1)
	each(f.sometimes, tries)
}

// fits reports whether the client has the features that a scenario needs.
func (f findings) fits(sc *scenario.Scenario) bool {
	return !slices.ContainsFunc(sc.Needs, func(n spec.Feature) bool { return !slices.Contains(f.client.Features, n) })
}

func (f findings) breaks(t *testing.T, sc *scenario.Scenario, rule string, tries int) {
	for range tries {
		res := play.Simulated(t, sc, f.client, play.Options{Foreign: true})
		if res.Verdict != judge.Fail {
			continue
		}
		if !slices.Contains(res.Failure.Covers, rule) {
			t.Errorf("it does not break %s\n%s", rule, res.Report())
		}
		return
	}
	t.Errorf("it does not fail, played %d times: take it off the list", tries)
}

// crashing is the pattern of the scenarios that a process of its own is to play.
const crashing = "UMQTT_PEERS_CRASHING"

func TestPahoCrashes(t *testing.T)           { paho().crash(t) }
func TestPahoManualCrashes(t *testing.T)     { pahoManual().crash(t) }
func TestAtWatCrashes(t *testing.T)          { atWat().crash(t) }
func TestAtWatReconnectCrashes(t *testing.T) { atWatReconnect().crash(t) }

// crash plays the scenarios that end the process in processes that run the calling test again, and wants a panic in the
// module.
func (f findings) crash(t *testing.T) {
	t.Helper()
	if pattern := os.Getenv(crashing); pattern != "" {
		harness.Run(t, harness.Params{
			Name: f.client.Name, New: f.client.New, Features: f.client.Features, Filter: pattern, InProcess: true,
		})
		return
	}
	test := t.Name()
	for _, k := range f.crashes {
		t.Run(k.Pattern, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$", "-test.timeout=1m")
			cmd.Env = append(os.Environ(), crashing+"="+k.Pattern)
			cmd.WaitDelay = 5 * time.Second
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "panic: ") || !strings.Contains(string(out), f.module) {
				t.Errorf("it ends with %v and without a panic in %s: take it off the list\n%s", err, f.module, out)
			}
		})
	}
}
