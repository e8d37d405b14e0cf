package monitor_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/monitor"
	"umqtt/harness/spec"
)

// samples are the captures of all tables.
var samples = slices.Concat(connectionSamples, belowSamples, keepAliveSamples, exchangeSamples, redeliverySamples, ackSamples, exactlyOnceSamples, codecSamples, reactionSamples)

func TestSamples(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			c := script(t, s.script)
			if diff := cmp.Diff(s.want, found(c, worldOf(s.script))); diff != "" {
				t.Errorf("findings (-want +got)\n%s", diff)
				for _, f := range monitor.Check(c, worldOf(s.script)) {
					t.Log(f)
				}
			}
		})
	}
}

// A monitor that finds nothing in any sample might as well not be there.
func TestEveryMonitorFindsSomething(t *testing.T) {
	finds := map[string]bool{}
	for _, s := range samples {
		for _, w := range s.want {
			name, _, _ := strings.Cut(w, "@")
			finds[name] = true
		}
	}
	for _, m := range monitor.All() {
		if !finds[m.Name] {
			t.Errorf("no sample breaks %s", m.Name)
		}
	}
}

func TestMonitorsAreDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range monitor.All() {
		if seen[m.Name] {
			t.Errorf("two monitors have the name %s", m.Name)
		}
		seen[m.Name] = true
		if _, ok := spec.Lookup(m.ID); !ok {
			t.Errorf("%s: unknown rule %s", m.Name, m.ID)
		}
		if m.Doc == "" || m.Level.String() != "must" && m.Level.String() != "should" {
			t.Errorf("%s: level %s, documentation %q", m.Name, m.Level, m.Doc)
		}
	}
}

// A finding says which monitor it is of, where it is, and what happened.
func TestFinding(t *testing.T) {
	c := script(t, `
		> CONNECT clean=1
		< CONNACK
		conn 2
		> PINGREQ`)
	want := []monitor.Finding{{
		Monitor: "connect-first", ID: "MQTT-3.1.0-1", Level: monitor.Must, Record: 2, Records: []int{2}, Conn: 2,
		Message: "the first packet of the connection is PINGREQ, not CONNECT",
	}}
	got := monitor.Check(c, monitor.Simulated)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got)\n%s", diff)
	}
	const line = "MQTT-3.1.0-1: connection 2, record 2: the first packet of the connection is PINGREQ, not CONNECT"
	if len(got) == 1 && got[0].String() != line {
		t.Errorf("String is %q, want %q", got[0], line)
	}
}

// Findings stand in the order of their records, also where a monitor speaks up late.
func TestFindingsInOrder(t *testing.T) {
	c := script(t, `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		conn 2
		> PINGREQ
		at 20s
		* fault heal`)
	if diff := cmp.Diff([]string{"keep-alive@0", "connect-first@2"}, found(c, monitor.Simulated)); diff != "" {
		t.Errorf("findings (-want +got)\n%s", diff)
	}
}
