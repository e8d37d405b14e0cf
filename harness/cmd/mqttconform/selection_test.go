package main

import (
	"slices"
	"strings"
	"testing"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
)

// Each flag leaves what it says, and all of them together what each leaves.
func TestSelection(t *testing.T) {
	all, err := suite(nil)
	if err != nil {
		t.Fatal(err)
	}
	none := selection{}
	if some, err := none.of(all); err != nil || len(some) != len(all) {
		t.Errorf("without flags %d scenarios of %d are left, and %v", len(some), len(all), err)
	}
	smoke := func(sc *scenario.Scenario) bool { return slices.Contains(sc.Tags, "smoke") }
	for name, tt := range map[string]struct {
		s    selection
		want func(*scenario.Scenario) bool
	}{
		"exclude": {selection{exclude: globs{"qos1/*", "will/*"}}, func(sc *scenario.Scenario) bool {
			return !strings.HasPrefix(sc.Name, "qos1/") && !strings.HasPrefix(sc.Name, "will/")
		}},
		"tag":       {selection{tags: []string{"smoke"}}, smoke},
		"level":     {selection{levels: []string{"may", "should"}}, func(sc *scenario.Scenario) bool { return sc.Level == scenario.May || sc.Level == scenario.Should }},
		"statement": {selection{statements: []string{"MQTT-4.4.0-1"}}, func(sc *scenario.Scenario) bool { return slices.Contains(sc.Covers, "MQTT-4.4.0-1") }},
		"section": {selection{statements: []string{"MQTT-3.8.*"}}, func(sc *scenario.Scenario) bool {
			return slices.ContainsFunc(sc.Covers, func(id string) bool { return strings.HasPrefix(id, "MQTT-3.8.") })
		}},
		"all": {selection{filters: globs{"qos1/*", "qos2/*"}, tags: []string{"smoke"}, exclude: globs{"qos2/*"}, levels: []string{"must"}},
			func(sc *scenario.Scenario) bool {
				return smoke(sc) && strings.HasPrefix(sc.Name, "qos1/") && sc.Level == scenario.Must
			}},
	} {
		some, err := tt.s.of(all)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		want := 0
		for _, sc := range all {
			if tt.want(sc) {
				want++
				if !slices.Contains(some, sc) {
					t.Errorf("%s: %s is left out", name, sc.Name)
				}
			}
		}
		if want == 0 || len(some) != want {
			t.Errorf("%s: %d are left, want %d", name, len(some), want)
		}
	}
}

// The flag lists features, or adds to those declared and takes away.
func TestFeatureFlag(t *testing.T) {
	declared := []spec.Feature{spec.QoS1, spec.WithWill}
	for text, want := range map[string][]spec.Feature{
		"qos2":              {spec.QoS2},
		"qos2, qos1":        {spec.QoS2, spec.QoS1},
		"+qos2":             {spec.QoS1, spec.WithWill, spec.QoS2},
		"-will":             {spec.QoS1},
		"-will,+qos2,+qos1": {spec.QoS1, spec.QoS2},
	} {
		var f featureFlag
		if err := f.Set(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got := f.of(declared); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
		var again featureFlag
		if err := again.Set(f.String()); err != nil || !slices.Equal(again.of(declared), want) {
			t.Errorf("%s: its text %q is read as %v, and %v", text, f.String(), again.of(declared), err)
		}
	}
	if got := new(featureFlag).of(declared); !slices.Equal(got, declared) {
		t.Errorf("without the flag: %v", got)
	}
}

// A feature that is taken away leaves out what needs it, and the command that plays a result again says so.
func TestFeaturesOfARun(t *testing.T) {
	got := invoke(t, "run", "--world", "simulated", "--subject", "simple", "--filter", "qos1/puback-lost", "--filter", "connect/plain", "--features", "-qos1").want(t, exitOK)
	if !strings.Contains(got.stdout, "unsupported: 1 needs qos1") {
		t.Errorf("it does not say what is missing:\n%s", got.stdout)
	}
	got = invoke(t, "run", "--world", "simulated", "--subject", "simple", "--mutant", "no-puback", "--filter", "qos1/puback-ids", "--features", "-will").want(t, exitFailed)
	if !strings.Contains(got.stdout, "--features -will") {
		t.Errorf("it is not played again without the feature:\n%s", got.stdout)
	}
}
