package swarm_test

import (
	"testing"

	"umqtt/harness/broker"
	"umqtt/harness/subject"
	"umqtt/harness/swarm"
)

// No script has the client blamed for what the broker does wrong, and the scripts find it.
func TestPeerFaultsAreNotTheClients(t *testing.T) {
	for _, m := range broker.Misdeeds() {
		found := 0
		for seed := uint64(1); seed <= 60; seed++ {
			for _, f := range subject.Builtin() {
				o := swarm.Play(t, swarm.Client{Subject: f, Soon: swarm.Soon(f), Misdeed: m.Name}, seed)
				if o.Run.Broken != "" {
					t.Errorf("%s, seed %d with %s: the client is blamed: %s: %s", m.Name, seed, f.Name, o.Run.Broken, o.Run.Message)
				}
				if len(o.Run.Peer) > 0 {
					if found++; len(o.Run.Wire) == 0 {
						t.Errorf("%s, seed %d with %s: no capture", m.Name, seed, f.Name)
					}
				}
			}
		}
		if found == 0 {
			t.Errorf("%s: no run found it", m.Name)
		}
	}
}
