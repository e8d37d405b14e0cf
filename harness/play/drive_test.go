package play_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/mutant"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/variant"
	"umqtt/harness/wire"
)

// driven is a scenario with an oracle, whose connection is lost at every place that the steps name.
func driven(t *testing.T, oracle string, steps ...string) *scenario.Scenario {
	t.Helper()
	sc, err := scenario.Parse("driven.yaml", []byte(`
title: The client lives through faults
level: may
needs: [qos1, persistent-session]
peer: broker
oracle: `+oracle+`
client: {clean_session: false}
steps:
  - `+strings.Join(steps, "\n  - ")+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// A program that the oracle drives connects again, subscribes again where its session was lost, and comes to an
// end: with every client, in both worlds.
func TestDriven(t *testing.T) {
	t.Parallel()
	sc := driven(t, "strong",
		"fault cut: {how: rst, packet: PUBACK, dir: to_client, nth: 1, at: 2, refuse: 1, forget: true}",
		"client connect:",
		"client subscribe: {filter: t/in, qos: 1}",
		"client publish: {topic: t/out, qos: 1, payload: a}",
		"witness publish: {topic: t/in, qos: 1, payload: b}",
		"fault stall: {of: to_server, nth: 9, at: 1}",
		"client publish: {topic: t/out, qos: 1, payload: c}",
		"client disconnect:",
		"client connect:",
	)
	builtin := subject.Builtin()
	real := make([]*judge.Result, len(builtin))
	var playing sync.WaitGroup // all at once, since they wait for seconds
	for i, f := range builtin {
		playing.Go(func() { real[i] = play.Real(sc, f, play.Options{}) })
	}
	playing.Wait()
	for i, f := range builtin {
		for name, res := range map[string]*judge.Result{"simulated": play.Simulated(t, sc, f, play.Options{}), "real": real[i]} {
			if res.Shown() != judge.Pass || len(res.Violations) > 0 {
				t.Errorf("%s, %s: %s %v %v", f.Name, name, res.Shown(), res.Violations, res.Failure)
			}
			lost := 0
			for _, r := range res.Capture.Records {
				if strings.Contains(r.Text, "forgets its sessions") {
					lost++
				}
			}
			if lost != 1 {
				t.Errorf("%s, %s: the sessions were lost %d times, want once", f.Name, name, lost)
			}
		}
	}
}

// What the oracle finds fails the scenario at every level, and names what it rests on.
func TestDrivenFails(t *testing.T) {
	m, ok := mutant.Find("deep-half-a-puback-is-done")
	if !ok {
		t.Fatal("there is no such mutant")
	}
	sc := driven(t, "strong",
		"fault cut: {how: fin, packet: PUBACK, dir: to_client, nth: 1, at: 2}",
		"client connect:",
		"client publish: {topic: t/out, qos: 1, payload: a}",
	)
	res := play.Simulated(t, sc, m.Apply(subject.Simple()), play.Options{})
	if res.Verdict != judge.Fail || !strings.HasPrefix(res.Failure.Message, "success-founded: ") || len(res.Failure.Last) == 0 {
		t.Fatalf("%s: %+v", res.Verdict, res.Failure)
	}
	if last := res.Failure.Last[len(res.Failure.Last)-1]; last.N != res.Violations[0].Record {
		t.Errorf("the last record that is shown is %d, want that of the violation, %d", last.N, res.Violations[0].Record)
	}
	if got := res.Broken(); len(got) != 1 || got[0] != judge.ReportedRight {
		t.Errorf("it breaks %q, want %s", got, judge.ReportedRight)
	}
}

// The weak oracle lets a client lose a message that the link lost.
func TestDrivenWeakly(t *testing.T) {
	lost := []string{
		"client connect:",
		"client subscribe: {filter: t/in, qos: 1}",
		"fault drop: {packet: PUBLISH, dir: to_client, nth: 1}",
		"witness publish: {topic: t/in, qos: 1, payload: b}",
	}
	res := play.Simulated(t, driven(t, "weak", lost...), subject.Ref(), play.Options{})
	if res.Shown() != judge.Pass {
		t.Errorf("weak: %s %v", res.Shown(), res.Failure)
	}
	res = play.Simulated(t, driven(t, "strong", lost...), subject.Ref(), play.Options{})
	if len(res.Violations) != 1 || !res.Violations[0].Peer || res.Violations[0].Rule != "message-arrives" || res.Shown() != judge.Pass {
		t.Errorf("strong: %s %v", res.Shown(), res.Violations)
	}
}

// At the end each subscription is asked for a last message, and the client leaves behind it.
func TestDrivenToTheEnd(t *testing.T) {
	res := play.Simulated(t, driven(t, "strong", "client connect:", "client subscribe: {filter: t/in, qos: 1}"), subject.Simple(), play.Options{})
	if res.Shown() != judge.Pass {
		t.Errorf("%s %v %v", res.Shown(), res.Violations, res.Failure)
	}
	var got []string
	for _, r := range res.Capture.Records {
		if len(r.Data) > 0 {
			got = append(got, wire.TypeOf(r.Data).String())
		}
	}
	want := []string{"CONNECT", "CONNACK", "SUBSCRIBE", "SUBACK", "PUBLISH", "PUBACK", "DISCONNECT"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("packets (-want +got):\n%s", diff)
	}
}

// Where the last message does not come, others are published behind it. Nothing is expected of those.
func TestDrivenNudges(t *testing.T) {
	res := play.Simulated(t, driven(t, "strong",
		"client connect:",
		"client subscribe: {filter: t/in, qos: 1}",
		"fault drop: {packet: PUBLISH, dir: to_client}",
	), subject.Ref(), play.Options{})
	if !slices.ContainsFunc(res.Capture.Records, func(r capture.Record) bool { return strings.Contains(r.String(), `payload="more 0"`) }) {
		t.Errorf("nothing was published behind the last message: %v", res.Capture.Records)
	}
	var rules []string
	for _, v := range res.Violations {
		rules = append(rules, v.Rule)
	}
	if diff := cmp.Diff([]string{"works-again"}, rules); diff != "" {
		t.Errorf("violations (-want +got):\n%s\n%v", diff, res.Violations)
	}
}

// Each of several subscriptions is asked for a last message of its own.
func TestDrivenAsksEach(t *testing.T) {
	res := play.Simulated(t, driven(t, "strong", "client connect:", "client subscribe: {filter: a, qos: 1}", "client subscribe: {filter: b, qos: 1}"), subject.Ref(), play.Options{})
	if res.Shown() != judge.Pass {
		t.Errorf("%s %v %v", res.Shown(), res.Violations, res.Failure)
	}
	for _, want := range []string{`topic="a" id=1 payload="last`, `topic="b" id=2 payload="last`} {
		if !slices.ContainsFunc(res.Capture.Records, func(r capture.Record) bool { return strings.Contains(r.String(), want) }) {
			t.Errorf("no message with %s in %v", want, res.Capture.Records)
		}
	}
}

// The last message waits for the subscription of a client that subscribes again by itself.
func TestDrivenWaitsForTheSubscription(t *testing.T) {
	sc := driven(t, "strong",
		"client connect:",
		"client subscribe: {filter: t/in, qos: 1}",
		"fault delay: {packet: SUBSCRIBE, dir: to_server, nth: 1, by: 3s}",
		"fault cut: {how: rst, packet: PUBACK, dir: to_client, nth: 1, at: 0}",
		"client publish: {topic: t/out, qos: 1, payload: a}",
	)
	again, ok := variant.Find("ref-reconnects-and-resubscribes")
	if !ok {
		t.Fatal("there is no such variant")
	}
	res := play.Simulated(t, sc, again.Factory(), play.Options{})
	if res.Shown() != judge.Pass || len(res.Violations) > 0 {
		t.Errorf("%s %v %v", res.Shown(), res.Violations, res.Failure)
	}
	index := func(like string) int {
		return slices.IndexFunc(res.Capture.Records, func(r capture.Record) bool { return strings.Contains(r.String(), like) })
	}
	if suback, last := index("< SUBACK id=3"), index(`payload="last`); suback < 0 || last < suback {
		t.Errorf("the last message is record %d, and the SUBACK record %d:\n%v", last, suback, res.Capture.Records)
	}
}
