package sweep_test

import (
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/mutant"
	"umqtt/harness/subject"
	"umqtt/harness/sweep"
)

// MQTT does not ask a client to subscribe again once its session is lost. A foreign client that does not is told of it,
// and fails where that is demanded by name; the built-in subjects are held to it.
func TestSubscribingAgainIsAPolicy(t *testing.T) {
	m, ok := mutant.Find("deep-second-resubscription-lost")
	if !ok {
		t.Fatal("there is no such mutant")
	}
	robust, ok := subjectNamed("robust")
	if !ok {
		t.Fatal("there is no subject robust")
	}
	w, _ := sweep.Find("sessions")
	point, err := sweep.ParsePoint("lost>5@0")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name     string
		foreign  bool
		require  judge.Required
		broken   string
		policies int
	}{
		{"built in", false, judge.Required{}, "works-again", 0},
		{"foreign", true, judge.Required{}, "", 1},
		{"foreign, and demanded", true, judge.Require("umqtt"), "works-again", 0},
		{"foreign, and something else is demanded", true, judge.Require("api"), "", 1},
	} {
		p, err := sweep.NewPlan(w, m.Apply(robust))
		if err != nil {
			t.Fatal(err)
		}
		p.Foreign, p.Require = tt.foreign, tt.require
		if r := p.Run(t, point); r.Broken != tt.broken || len(r.Policies) != tt.policies {
			t.Errorf("%s: it breaks %q and misses %q, want %q and %d", tt.name, r.Broken, r.Policies, tt.broken, tt.policies)
		}
	}
}

func subjectNamed(name string) (subject.Factory, bool) {
	for _, f := range subject.Builtin() {
		if f.Name == name {
			return f, true
		}
	}
	return subject.Factory{}, false
}
