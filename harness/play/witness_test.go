package play_test

import (
	"strings"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// broker stands before the steps of a scenario that the embedded broker plays.
var broker = strings.Replace(header, "peer: script", "peer: broker", 1)

// The witness sees what the subject has published, and nothing else.
func TestWitness(t *testing.T) {
	published := func(m string) *wire.Publish {
		return &wire.Publish{Topic: "t", Payload: []byte(m), QoS: 1, PacketID: 1}
	}
	again := func(m string) *wire.Publish {
		p := published(m)
		p.Dup = true
		return p
	}
	// The fake publishes and reads the PUBACKs.
	script := broker + `  - witness connect:
  - witness subscribe: {filter: t, qos: 1}
  - client connect:
  - expect CONNECT:
  - client publish: {topic: t, qos: 1, payload: hi}
  - expect PUBLISH:
  - wait: 1s
`
	const hi, ho = "  - witness expect: {topic: t, payload: hi}\n", "  - witness expect: {topic: t, payload: ho}\n"
	next := "  - expect PUBLISH:\n"
	ours, foreign := play.Options{}, play.Options{Foreign: true}
	for _, tt := range []played{
		{"its message", script + hi, does(published("hi"), 4), ours, judge.Pass, ""},
		{"at its QoS", script + "  - witness expect: {qos: 1, retain: false}\n", does(published("hi"), 4), ours, judge.Pass, ""},
		{"another message", script + ho, does(published("hi"), 4), ours, judge.Fail, "the client published a message with payload=\"hi\", not \"ho\": the witness got it"},
		{"no message", script + hi + hi, does(published("hi"), 4), ours, judge.Fail, "the witness did not get the message within 10s: the client has not published it"},
		{"one more", script + next + hi, does(published("hi"), 4, published("ho"), 4), ours, judge.Fail, "the witness got a message that no step expects"},
		{"sent again", script + next + hi + hi, does(published("hi"), 4, again("hi"), 4), ours, judge.Pass, ""},
		{"of a foreign subject, sent again", script + hi, does(published("hi"), 4, again("hi"), 4), foreign, judge.Pass, ""},
		{"of a foreign subject, sent again before another", script + "  - expect PUBLISH: {payload: ho}\n" + hi + ho, does(published("hi"), 4, again("hi"), 4, published("ho"), 4), foreign, judge.Pass, ""},
		{"of a foreign subject, another under the same identifier", script + hi, does(published("hi"), 4, published("ho"), 4), foreign, judge.Fail, ""},
		{"of a foreign subject, and nothing comes behind", script + hi + ho, does(published("hi"), 4, again("hi"), 4), foreign, judge.Fail, "the witness did not get the message within 10s"},
	} {
		tt.run(t)
	}
}

// What keeps the witness from its work is the harness's fault, not the subject's.
func TestWitnessCannot(t *testing.T) {
	none := func(*fake) {}
	// The subject takes over the witness's session, and the broker ends the witness's connection.
	taken := broker + "  - witness connect: {client_id: c1}\n  - witness subscribe: {filter: t}\n  - client connect:\n  - expect CONNECT:\n  - deliver CONNACK:\n"
	for _, tt := range []played{
		{"expect", taken + "  - witness expect: {topic: t}\n", none, play.Options{}, judge.SetupError, "the witness: "},
		{"subscribe", taken + "  - witness subscribe: {filter: u}\n", none, play.Options{}, judge.SetupError, "witness subscribe: the witness"},
		{"publish", taken + "  - witness publish: {topic: u, qos: 1}\n", none, play.Options{}, judge.SetupError, "witness publish: the witness"},
	} {
		tt.run(t)
	}
	sc := parse(t, broker+"  - witness connect:\n  - client connect:\n  - expect CONNECT:\n")
	sc.Peer = scenario.Script
	res := play.Real(sc, factory(none), play.Options{})
	if res.Verdict != judge.SetupError || !strings.Contains(res.Failure.Message, "the witness cannot connect: there is no broker") {
		t.Errorf("without a broker: verdict %s, want setup-error: %v", res.Verdict, res.Failure)
	}
}
