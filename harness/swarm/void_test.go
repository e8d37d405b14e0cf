package swarm

import (
	"testing"

	"umqtt/harness/sweep"
)

// A run whose faults cannot be together accuses nobody, the broker neither: what it had acknowledged may have been
// under way to the witness when the world ended.
func TestVoid(t *testing.T) {
	const message = "client publish: fault: set: malformed CONNACK offset=4 found=2 bytes behind the packet"
	for _, tt := range []struct {
		name   string
		run    sweep.Run
		accuse bool
	}{
		{"faults that cannot be together", sweep.Run{Broken: sweep.SetupFailed, Message: message, IDs: []string{"MQTT-2.2.2-2"}, Peer: []string{"published-arrives: lost"}, Known: []string{"puback-kept"}}, false},
		{"a broker that loses a message", sweep.Run{Peer: []string{"published-arrives: lost"}}, true},
		{"a client that breaks a rule", sweep.Run{Broken: "works-again", Message: "it does not"}, true},
	} {
		o := Outcome{Run: tt.run}
		o.clear()
		if accuses := o.Run.Broken != "" || len(o.Run.Peer)+len(o.Run.IDs)+len(o.Run.Known) > 0 || o.Run.Message != ""; accuses != tt.accuse || o.Void == tt.accuse {
			t.Errorf("%s: void %t, run %+v", tt.name, o.Void, o.Run)
		}
	}
}
