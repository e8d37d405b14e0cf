package client_test

import (
	"testing"

	"umqtt/client"
)

// What a server may not send closes the connection, and the error names the rule.
var violations = []struct{ name, packet, statement string }{
	{"type 0", "00 00", "2.2.1-must-1"},
	{"type 15", "f0 00", "2.2.1-must-1"},
	{"CONNECT", "10 00", "2.2.1-must-2"},
	{"SUBSCRIBE", "82 06 0001 0001 74 01", "2.2.1-must-2"},
	{"UNSUBSCRIBE", "a2 05 0001 0001 74", "2.2.1-must-2"},
	{"PINGREQ", "c0 00", "2.2.1-must-2"},
	{"DISCONNECT", "e0 00", "2.2.1-must-2"},
	{"second CONNACK", "20 02 00 00", "MQTT-3.2.0-1"},
	{"PUBREC", "50 02 0001", "MQTT-4.8.0-1"},
	{"PUBREL", "62 02 0001", "MQTT-4.8.0-1"},
	{"PUBREL flags", "60 02 0001", "MQTT-3.6.1-1"},
	{"PUBCOMP", "70 02 0001", "MQTT-4.8.0-1"},
	{"PUBACK flags", "41 02 0001", "MQTT-2.2.2-1"},
	{"SUBACK flags", "91 03 0001 00", "MQTT-2.2.2-1"},
	{"UNSUBACK flags", "b8 02 0001", "MQTT-2.2.2-1"},
	{"PINGRESP flags", "d2 00", "MQTT-2.2.2-1"},
	{"five bytes of length", "30 80 80 80 80", "2.2.3-must-1"},
	{"PUBACK too short", "40 01 00", "2.2.3-must-2"},
	{"PUBACK too long", "40 03 0001 00", "2.2.3-must-2"},
	{"PUBACK id 0", "40 02 0000", "MQTT-2.3.1-6"},
	{"UNSUBACK too long", "b0 03 0001 00", "2.2.3-must-2"},
	{"PINGRESP too long", "d0 01 00", "2.2.3-must-2"},
	{"PINGRESP with an id", "d0 02 0001", "2.2.3-must-2"},
	{"SUBACK too short", "90 01 00", "2.2.3-must-2"},
	{"SUBACK unasked", "90 03 0001 00", "MQTT-3.8.4-2"},
	{"SUBACK unasked, without a code", "90 02 0001", "MQTT-3.8.4-2"},
	{"UNSUBACK unasked", "b0 02 0001", "MQTT-3.10.4-4"},
	{"PUBLISH QoS 3", `36 05 0001 "t" 0001`, "MQTT-3.3.1-4"},
	{"PUBLISH DUP at QoS 0", `38 03 0001 "t"`, "MQTT-3.3.1-2"},
	{"PUBLISH without a topic", "30 00", "2.2.3-must-2"},
	{"PUBLISH half a topic length", "30 01 00", "2.2.3-must-2"},
	{"PUBLISH topic too long", `30 03 0002 "t"`, "2.2.3-must-2"},
	{"PUBLISH without an id", `32 03 0001 "t"`, "2.2.3-must-2"},
	{"PUBLISH half an id", `32 04 0001 "t" 00`, "2.2.3-must-2"},
	{"PUBLISH id 0", `32 05 0001 "t" 0000`, "MQTT-2.3.1-1"},
	{"PUBLISH empty topic", "30 02 0000", "MQTT-4.7.3-1"},
	{"PUBLISH empty topic at QoS 1", "32 04 0000 0001", "MQTT-4.7.3-1"},
	{"PUBLISH empty topic, without an id", "32 02 0000", "2.2.3-must-2"},
	{"PUBLISH empty topic, half an id", "32 03 0000 00", "2.2.3-must-2"},
	{"PUBLISH topic +", `30 03 0001 "+"`, "MQTT-3.3.2-2"},
	{"PUBLISH topic #", `30 05 0003 "a/#"`, "MQTT-3.3.2-2"},
	{"PUBLISH topic U+0000", `30 04 0002 "a" 00`, "MQTT-1.5.3-2"},
	{"PUBLISH topic not UTF-8", "30 03 0001 ff", "MQTT-1.5.3-1"},
	{"PUBLISH topic surrogate", "30 05 0003 eda080", "MQTT-1.5.3-1"},
	{"PUBLISH topic + first", `30 05 0003 "+/a"`, "MQTT-3.3.2-2"},
	{"PUBLISH topic # first", `30 04 0002 "#a"`, "MQTT-3.3.2-2"},
	{"PUBLISH topic + within", `30 07 0005 "a/+/b"`, "MQTT-3.3.2-2"},
	{"PUBLISH topic U+0000 first", `30 04 0002 00 "a"`, "MQTT-1.5.3-2"},
	{"PUBLISH topic ends within a character", "30 05 0003 f09f98", "MQTT-1.5.3-1"},
	{"PUBLISH topic too long a form", "30 05 0003 e08080", "MQTT-1.5.3-1"},
	{"PUBLISH topic above U+10FFFF", "30 06 0004 f4908080", "MQTT-1.5.3-1"},
}

// What looks like one of them and is none: every text that a topic name may be, and
// every binary payload.
func TestGoodMessages(t *testing.T) {
	for _, topic := range []string{
		"/", "//", "a//b", "/a/", " ", "$SYS/x", "\x01", "\x7f", "\ufeffa", "\uffff", "\u07ff", "\u0800", "\ud7ff", "\ue000",
		"\U00010000", "\U0010ffff", "\u00e9\u20ac\U0001f600",
	} {
		play(t, client.Config{}, func(w *world) {
			w.connect(true)
			var got []string
			w.c.SetCallback(func(m client.Message) { got = append(got, string(m.Topic), string(m.Payload)) })
			payload := "\x00+#\xff\xc3"
			n := len(topic)
			_, _ = w.server.Write(append(append([]byte{0x30, byte(2 + n + len(payload)), 0, byte(n)}, topic...), payload...))
			w.start(w.wait).ok()
			same(w.T, got, []string{topic, payload})
			w.is(w.publish(topic, 0)(), nil)
			same(w.T, string(w.packet()[4:4+n]), topic)
		})
	}
}

func TestViolations(t *testing.T) {
	for _, tt := range violations {
		t.Run(tt.name, func(t *testing.T) {
			play(t, client.Config{}, func(w *world) {
				w.connect(true)
				messages := collect(w.c)
				w.send(tt.packet)
				err := w.start(w.wait).result()
				violated(w.T, err, tt.statement)
				w.state(err, false, 0)
				w.gone()
				same(w.T, len(*messages), 0)
				w.is(w.wait(), client.ErrClosed)
			})
		})
	}
}

// The violation is met by whichever call reads it.
func TestViolationInPublish(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		c := w.start(w.publish("t", 1))
		w.packet()
		w.send("e0 00")
		w.pending(c.result(), 1)
		violated(w.T, c.err, "2.2.1-must-2")
		w.gone()
	})
}

// QoS 2 is not supported, and the error says so.
func TestInboundQoS2(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		w.send(`34 05 0001 "t" 0001`)
		err := w.wait()
		w.is(err, client.ErrQoS2)
		w.state(err, false, 0)
		w.gone()
	})
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		w.send("50 02 0001")
		w.is(w.wait(), client.ErrQoS2)
	})
}
