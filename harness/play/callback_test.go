package play_test

import (
	"strings"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// The callback's program makes its calls for the messages that it is for, so often, under the names that the
// step gives them; and what they report is judged as that of other calls is.
func TestOnMessage(t *testing.T) {
	// The fake publishes at QoS 1 with identifiers from 1, and gets the messages t, u, t.
	gets := func(publish func(f *fake, id uint16, topic string, done func(error))) func(*fake) {
		return func(f *fake) {
			id := uint16(0)
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				if m.QoS == 0 { // the call around the callbacks
					f.read(3 * 5)
					for _, topic := range []string{"t", "u", "t"} {
						f.env.OnMessage(subject.Message{Topic: topic})
					}
					done(nil)
					return
				}
				id++
				publish(f, id, m.Topic, done)
			}
		}
	}
	inTurn := gets(func(f *fake, id uint16, topic string, done func(error)) {
		done(f.do(&wire.Publish{Topic: topic, QoS: 1, PacketID: id}, 4))
	})
	early := gets(func(f *fake, id uint16, topic string, done func(error)) {
		f.send(&wire.Publish{Topic: topic, QoS: 1, PacketID: id})
		done(nil)
		f.read(4)
	})
	program := func(of string) string {
		return strings.Replace(up, "[qos1]", "[qos1, nested-publish]", 1) + "  - client on_message: {do: publish, topic: x, qos: 1, as: c" + of + "}\n" +
			"  - send PUBLISH: {topic: t}\n  - send PUBLISH: {topic: u}\n  - send PUBLISH: {topic: t}\n  - client publish: {topic: a}\n"
	}
	got := func(topics ...string) string {
		var steps string
		for _, topic := range topics {
			steps += "  - receive: {topic: " + topic + "}\n"
		}
		return steps
	}
	exchange := func(v string) string {
		return "  - expect PUBLISH: {topic: x, packet_id: $" + v + "}\n  - send PUBACK: {packet_id: $" + v + "}\n"
	}
	receive, ours := got("t", "u", "t"), play.Options{}
	for _, tt := range []played{
		{"once", program("") + exchange("a") + "  - client done: c\n" + receive, inTurn, ours, judge.Pass, ""},
		{"for the second message", program(", when: u") + got("t", "u") + exchange("a") + "  - client done: c\n" + got("t"), inTurn, ours, judge.Pass, ""},
		{"for two messages", program(", times: 2") + exchange("a") + exchange("b") + "  - client done: c1\n  - client done: c2\n" + receive, inTurn, ours, judge.Pass, ""},
		{"for two of a topic", program(", times: 2, when: t") + exchange("a") + exchange("b") + "  - client done: c1\n  - client done: c2\n" + receive, inTurn, ours, judge.Pass, ""},
		{"twice for a message", program(", count: 2") + exchange("a") + exchange("b") + "  - client done: c1\n  - client done: c2\n" + receive, inTurn, ours, judge.Pass, ""},
		{"twice for a message, once", program(", count: 2") + exchange("a") + "  - client done: c1\n  - client pending: c2\n" + receive, inTurn, ours, judge.Fail, "the client sent PUBLISH, which no step expects"},
		{"success too early", program("") + exchange("a") + "  - client done: c\n" + receive, early, ours, judge.APIFail, "publish \"c\": reported success before its PUBACK"},
		{"pending before it was made", program(", when: z") + "  - client pending: c\n" + receive, inTurn, ours, judge.APIFail, "call \"c\" has not begun"},
		{"failure of a call without a name", strings.Replace(program("")+exchange("a")+receive, ", as: c", "", 1), gets(func(f *fake, id uint16, topic string, done func(error)) {
			done(f.do(&wire.Publish{Topic: topic, QoS: 1, PacketID: id}, 4, errNo))
		}), ours, judge.Pass, ""},
		{"failure", program("") + exchange("a") + "  - client done: c\n" + receive, gets(func(f *fake, id uint16, topic string, done func(error)) {
			done(f.do(&wire.Publish{Topic: topic, QoS: 1, PacketID: id}, 4, errNo))
		}), ours, judge.APIFail, "publish \"c\" failed, although its PUBACK came"},
	} {
		tt.run(t)
	}
}
