package scenario_test

import (
	"strings"
	"testing"

	"umqtt/harness/scenario"
)

const hashed = `title: A title
covers: [MQTT-3.1.0-1, MQTT-3.1.2-18]
level: must
why: A reason (1.2)
needs: [qos1, will]
peer: script
steps:
  - client connect: {client_id: c}
  - expect CONNECT: {client_id: c}
    covers: [MQTT-3.1.0-1]
  - expect silence: 1s
`

// The hash is of what decides the verdict, and of nothing else.
func TestHash(t *testing.T) {
	of := func(file, old, new string) string {
		t.Helper()
		if !strings.Contains(hashed, old) {
			t.Fatalf("there is no %q to change", old)
		}
		s, err := scenario.Parse(file, []byte(strings.Replace(hashed, old, new, 1)))
		if err != nil {
			t.Fatal(err)
		}
		return s.Hash()
	}
	want := of("a/b.yaml", "", "")
	if len(want) != 16 {
		t.Errorf("hash %q is not 16 digits", want)
	}
	for _, tt := range []struct {
		reason, old, new string
		same             bool
	}{
		{"another title", "A title", "Another", true},
		{"another reason", "A reason", "Another", true},
		{"a comment", "steps:", "# why\nsteps:", true},
		{"a note", "peer:", "note: n\npeer:", true},
		{"another layout", "{client_id: c}", "{ \"client_id\": c }", true},
		{"another order of needs", "[qos1, will]", "[will, qos1]", true},
		{"another order of covers", "[MQTT-3.1.0-1, MQTT-3.1.2-18]", "[MQTT-3.1.2-18, MQTT-3.1.0-1]", true},
		{"another level", "level: must", "level: should", false},
		{"another cover", "MQTT-3.1.2-18", "MQTT-3.1.2-19", false},
		{"fewer needs", "[qos1, will]", "[qos1]", false},
		{"another wait", "1s", "2s", false},
		{"another value", "expect CONNECT: {client_id: c}", "expect CONNECT: {client_id: d}", false},
		{"no covers of a step", "    covers: [MQTT-3.1.0-1]\n", "", false},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			if got := of("other.yaml", tt.old, tt.new); (got == want) != tt.same {
				t.Errorf("hash %s, that of the first %s; want the same: %t", got, want, tt.same)
			}
		})
	}
}

// The hash of a scenario is part of what users store: a change of the program that changes it needs a new version
// of the suite.
func TestHashIsStable(t *testing.T) {
	s, err := scenario.Parse("a/b.yaml", []byte(hashed))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Hash(), "f691a46eb43fc4c0"; got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
}
