package sweep_test

import (
	"strings"
	"testing"

	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/sweep"
)

// A workload is what the steps of a scenario make happen; the broker answers in place of its script.
func TestFromScenario(t *testing.T) {
	sc, err := scenario.Parse("x.yaml", []byte(`
title: The client publishes
level: may
needs: [qos1]
peer: script
steps:
  - client connect: {as: c}
  - expect CONNECT:
  - send CONNACK:
  - client done: c
  - client publish: {topic: t, qos: 1, payload: a, as: p}
  - expect PUBLISH: {packet_id: $id}
  - send PUBACK: {packet_id: $id}
  - client done: p
`))
	if err != nil {
		t.Fatal(err)
	}
	w, err := sweep.FromScenario(sc)
	if err != nil {
		t.Fatal(err)
	}
	p, err := sweep.NewPlan(w, subject.Robust())
	if err != nil {
		t.Fatal(err)
	}
	got := p.Scenario(nil)
	var keys []string
	for _, st := range got.Steps {
		keys = append(keys, st.Key)
	}
	if strings.Join(keys, ", ") != "client connect, client publish" || got.Peer != scenario.Broker || got.Oracle != scenario.Strong {
		t.Errorf("the workload is\n%s", scenario.Format(got))
	}
	if r := p.Run(t, nil); r.Broken != "" {
		t.Errorf("%s: %s", r.Broken, r.Message)
	}
	if !sc.Steps[0].Args.Has("as") {
		t.Error("the scenario was changed")
	}
	sc.Steps = append(sc.Steps, scenario.Step{Key: "fault down"})
	if _, err := sweep.FromScenario(sc); err == nil {
		t.Error("a scenario with faults is a workload")
	}
}
