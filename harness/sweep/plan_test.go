package sweep_test

import (
	"testing"

	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/sweep"
)

// Two faults may each keep a packet until another one comes. The last message of a run reaches the client all the same.
func TestLastMessageBehindTwoMerges(t *testing.T) {
	sc, err := scenario.Parse("x.yaml", []byte(`
title: The client publishes
level: may
needs: [qos1]
peer: broker
oracle: strong
steps:
  - client connect:
  - fault merge: {dir: to_client, nth: 3}
  - fault merge: {dir: to_client, nth: 3}
  - client subscribe: {filter: t/in, qos: 1}
  - client publish: {topic: t/out, qos: 1, payload: a}
`))
	if err != nil {
		t.Fatal(err)
	}
	if r := (sweep.Plan{Subject: subject.Simple()}).Play(t, sc); r.Broken != "" || len(r.Peer) > 0 {
		t.Errorf("%s: %s %q", r.Broken, r.Message, r.Peer)
	}
}
