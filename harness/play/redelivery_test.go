package play_test

import (
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

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
