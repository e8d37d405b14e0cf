package play_test

import (
	"strings"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
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

// A message that reached the callback once more, because a foreign subject has sent it again, is passed over
// at the end; any other is not.
func TestSentAgain(t *testing.T) {
	hi := subject.Message{Topic: "t", Payload: "hi"}
	script := func(sent, delivered string) string {
		return acts + sent + "  - send PUBLISH: {topic: t, payload: hi}\n" + delivered + "  - receive: {payload: hi}\n"
	}
	const once, twice = "  - expect PUBLISH:\n", "  - expect PUBLISH:\n  - expect PUBLISH:\n"
	const same, other, dup = "  - send PUBLISH: {topic: t, payload: hi}\n", "  - send PUBLISH: {topic: t, payload: ho}\n", "  - send PUBLISH: {topic: t, qos: 1, packet_id: 7, dup: true, payload: hi}\n"
	own := func(topic, payload string, dup bool) *wire.Publish {
		return &wire.Publish{Topic: topic, Payload: []byte(payload), QoS: 1, PacketID: 1, Dup: dup}
	}
	calls := func(n int, ms ...subject.Message) func(*fake) {
		return func(f *fake) {
			f.read(n)
			for _, m := range ms {
				f.env.OnMessage(m)
			}
		}
	}
	ho := subject.Message{Topic: "t", Payload: "ho"}
	foreign := play.Options{Foreign: true}
	const more = "the callback got a message that no step expects"
	for _, tt := range []played{
		{"sent again", script(twice, same), does(own("t", "hi", false), own("t", "hi", true), calls(14, hi, hi)), foreign, judge.Pass, ""},
		{"of ours", script(twice, same), does(own("t", "hi", false), own("t", "hi", true), calls(14, hi, hi)), play.Options{}, judge.Fail, more},
		{"sent once", script(once, same), does(own("t", "hi", false), calls(14, hi, hi)), foreign, judge.Fail, more},
		{"another topic sent again", script(twice, same), does(own("u", "hi", false), own("u", "hi", true), calls(14, hi, hi)), foreign, judge.Fail, more},
		{"another message sent again", script(twice, same), does(own("t", "ho", false), own("t", "ho", true), calls(14, hi, hi)), foreign, judge.Fail, more},
		{"another message got", script(twice, other), does(own("t", "hi", false), own("t", "hi", true), calls(14, hi, ho)), foreign, judge.Fail, more},
		{"handed over as a duplicate", script(once, dup), does(own("t", "hi", false), calls(7+9, hi, hi), &wire.Puback{PacketID: 7}), foreign, judge.Fail, more},
	} {
		tt.run(t)
	}
}
