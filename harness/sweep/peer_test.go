package sweep_test

import (
	"bytes"
	"testing"

	"umqtt/harness/broker"
	"umqtt/harness/capture"
	"umqtt/harness/subject"
	"umqtt/harness/sweep"
)

// What a broker does wrong is its own fault, never the client's, and comes with the capture of the run. Each misdeed
// shows under a rule of its own.
func TestPeerFaultsAreNotTheClients(t *testing.T) {
	for _, m := range broker.Misdeeds() {
		rules := map[string]bool{}
		for _, f := range subject.Builtin() {
			for _, w := range sweep.Workloads() {
				p, err := sweep.NewPlan(w, f)
				if err != nil {
					continue
				}
				p.Misdeed = m.Name
				r := p.Run(t, nil)
				if r.Broken != "" {
					t.Errorf("%s, %s with %s: the client is blamed: %s: %s", m.Name, w.Name, f.Name, r.Broken, r.Message)
				}
				for _, finding := range r.Peer {
					rules[sweep.PeerRule(finding)] = true
				}
				if c, err := capture.Parse("peer.wire", r.Wire); len(r.Peer) > 0 && (err != nil || !bytes.Equal(capture.Format(c), r.Wire)) {
					t.Errorf("%s, %s with %s: no capture: %v", m.Name, w.Name, f.Name, err)
				}
			}
		}
		want := map[string]string{"loses": "published-arrives", "repeats": "peer-once", "other-id": "peer-answers", "swaps": "peer-order"}[m.Name]
		if want == "" || !rules[want] {
			t.Errorf("%s is seen as %v, want %q among them", m.Name, rules, want)
		}
	}
}
