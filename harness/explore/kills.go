package explore

import (
	"testing"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/mutant"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// Kills is what the scenarios of a suite make of one mutant of one subject.
type Kills struct {
	Mutant, Subject string
	// Played and By are the scenarios that play with the subject, and those of them that fail.
	Played, By []string
	// Malformed tells that the mutant sends bytes that are no packet a client may send. It then fails
	// wherever it speaks.
	Malformed bool
}

// KillsOf plays scenarios with a mutant of a subject in the simulated world.
func KillsOf(t *testing.T, m mutant.Mutant, f subject.Factory, all []*scenario.Scenario) Kills {
	k := Kills{Mutant: m.Name, Subject: f.Name}
	f = m.Apply(f)
	for _, sc := range all {
		res := play.Simulated(t, sc, f, play.Options{Strict: true})
		if res.Verdict == judge.Unsupported {
			continue
		}
		k.Played = append(k.Played, sc.Name)
		if res.Verdict == judge.Fail || res.API == judge.Fail {
			k.By = append(k.By, sc.Name)
		}
		k.Malformed = k.Malformed || res.Capture != nil && malformed(res.Capture)
	}
	return k
}

// malformed reports whether the subject sent something that is no packet a client may send.
func malformed(c *capture.Capture) bool {
	for _, r := range c.Records {
		if _, err := r.Packet(); r.Kind == capture.Sent && err != nil {
			return true
		}
	}
	return false
}
