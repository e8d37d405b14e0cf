package scenario_test

import (
	"strings"
	"testing"

	"umqtt/harness/scenario"
)

func TestParseFaults(t *testing.T) {
	steps, err := scenario.ParseFaults("f.yaml", []byte("# faults\n- fault drop: {packet: PUBACK, nth: 3}\n- wait: 1s\n- fault cut: rst\n- fault down:\n- fault up:\n"))
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, s := range steps {
		keys = append(keys, s.Key)
	}
	if got, want := strings.Join(keys, ", "), "fault drop, wait, fault cut, fault down, fault up"; got != want {
		t.Errorf("steps %s, want %s", got, want)
	}
}

// Each mistake of a script has its place.
func TestParseFaultsMistakes(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "f.yaml:1:1: the file is empty; a script of faults is a list"},
		{"title: x\nsteps: []\n", "f.yaml:1:1: a script of faults is a list of steps, not "},
		{"- fault dorp: {packet: PUBACK}\n", "f.yaml:1:3: no verb \"fault dorp\"; did you mean \"fault drop\"?"},
		{"- wait: 1s\n- fault drop: {pakcet: PUBACK}\n", "f.yaml:2:16: "},
		{"- fault drop: {packet: PUBAK}\n", "f.yaml:1:24: "},
		{"- fault drop: {topic: $t}\n", "f.yaml:1:23: topic: there are no variables in a script of faults, such as $t"},
		{"- expect CONNECT: {}\n", "f.yaml:1:3: expect CONNECT: a script of faults has the faults"},
		{"- fault flap: 3\n", "f.yaml:1:3: fault flap: a script of faults has"},
		{"- fault tls: {certificate: expired}\n", "f.yaml:1:3: fault tls: a script"},
		{"- fault cut: {how: rst, packet: PUBACK, forget: true}\n", "f.yaml:1:49: forget: "},
		{"- fault set: {packet: PUBACK, set: {packet_id: $id}}\n", "there are no variables"},
		{"- {fault drop: {}, when: $x}\n", "f.yaml:1:26: when: "},
		{"- fault drop: [\n", "f.yaml:2:1: not YAML: "},
		{"\t- fault drop: {}\n", "f.yaml:1:1: tab in the indentation"},
	} {
		_, err := scenario.ParseFaults("f.yaml", []byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: error %v, want %q", tt.text, err, tt.want)
		}
	}
}
