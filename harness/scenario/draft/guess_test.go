package draft_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/scenario"
	"umqtt/harness/scenario/draft"
	"umqtt/harness/wire"
)

const connected = `client connect: {as: up1}
expect CONNECT: …
send CONNACK: {session_present: false, code: 0}
client done: {call: up1, session_present: false}
`

func TestDraftGuesses(t *testing.T) {
	keepAlive := func(p *wire.Connect) { p.KeepAlive = 10 }
	publish := func(id uint16, dup bool) *wire.Publish {
		return &wire.Publish{Topic: "t", QoS: 1, PacketID: id, Dup: dup, Payload: []byte("hi")}
	}
	for _, test := range []struct {
		reason  string
		capture []draft.Record
		header  string // lines between peer and note, without those
		want    string
	}{
		{"a publish is done when it is acknowledged, and its identifier is a variable",
			all(up(nil), some(sent(publish(7, false)), handed(&wire.Puback{PacketID: 7}), handed(&wire.Puback{PacketID: 7}), handed(&wire.Puback{PacketID: 8}))),
			"needs: [qos1]", connected + `client publish: {topic: t, qos: 1, payload: hi, as: m1}
expect PUBLISH: {topic: t, qos: 1, dup: false, retain: false, payload: hi, packet_id: $id1}
send PUBACK: {packet_id: $id1}
client done: m1
send PUBACK: {packet_id: $id1}
send PUBACK: {packet_id: 8}
`},
		{"an identifier that is used again is another variable",
			all(up(nil), some(sent(publish(7, false)), handed(&wire.Puback{PacketID: 7}), sent(publish(7, false)))),
			"needs: [qos1]", connected + `client publish: {topic: t, qos: 1, payload: hi, as: m1}
expect PUBLISH: {topic: t, qos: 1, dup: false, retain: false, payload: hi, packet_id: $id1}
send PUBACK: {packet_id: $id1}
client done: m1
client publish: {topic: t, qos: 1, payload: hi, as: m2}
expect PUBLISH: {topic: t, qos: 1, dup: false, retain: false, payload: hi, packet_id: $id2}
client pending: m2
`},
		{"what is sent again, or anew on the next connection, is no call",
			all(up(nil), some(sent(publish(7, false)), sent(publish(7, true)), event("fault cut rst"), ended(false, "RST")), on(2, up(nil)...), on(2, sent(publish(9, false)), handed(&wire.Puback{PacketID: 9}))),
			"needs: [qos1]", connected + `client publish: {topic: t, qos: 1, payload: hi, as: m1}
expect PUBLISH: {topic: t, qos: 1, dup: false, retain: false, payload: hi, packet_id: $id1}
expect PUBLISH: {topic: t, qos: 1, dup: true, retain: false, payload: hi, packet_id: $id1}
fault cut: rst
expect CONNECT: …
given: true
send CONNACK: {session_present: false, code: 0}
expect PUBLISH: {topic: t, qos: 1, dup: false, retain: false, payload: hi, packet_id: $id2}
send PUBACK: {packet_id: $id2}
client done: m1
`},
		{"the same message is another call where the first has been acknowledged, or waits on the same connection",
			all(up(nil), some(sent(publish(1, false)), sent(publish(2, false)), handed(&wire.Puback{PacketID: 1}), handed(&wire.Puback{PacketID: 2}), ended(false, "FIN")),
				on(2, up(nil)...), on(2, sent(publish(3, false)))),
			"needs: [qos1]", connected + `client publish: {topic: t, qos: 1, payload: hi, as: m1}
expect PUBLISH: {topic: t, qos: 1, dup: false, retain: false, payload: hi, packet_id: $id1}
client publish: {topic: t, qos: 1, payload: hi, as: m2}
expect PUBLISH: {topic: t, qos: 1, dup: false, retain: false, payload: hi, packet_id: $id2}
send PUBACK: {packet_id: $id1}
client done: m1
send PUBACK: {packet_id: $id2}
client done: m2
send close: fin
expect CONNECT: …
given: true
send CONNACK: {session_present: false, code: 0}
client publish: {topic: t, qos: 1, payload: hi, as: m3}
expect PUBLISH: {topic: t, qos: 1, dup: false, retain: false, payload: hi, packet_id: $id3}
client pending: m3
`},
		{"after a disconnect the calls are made again; after a loss they are not",
			all(up(nil), some(sent(&wire.Subscribe{PacketID: 1, Filters: []wire.Subscription{{Filter: "a"}}}), sent(&wire.Disconnect{}), ended(true, "FIN"), ended(false, "FIN")),
				on(2, up(nil)...), on(2, sent(&wire.Subscribe{PacketID: 1, Filters: []wire.Subscription{{Filter: "a"}}}), event("fault cut rst")), on(3, connect(nil))),
			"", connected + `client subscribe: {filter: a, as: s1}
expect SUBSCRIBE: {packet_id: $id1, filters: [{filter: a, qos: 0}]}
client pending: s1
client disconnect:
expect DISCONNECT:
expect close: {how: fin}
client connect: {as: up2}
expect CONNECT: …
send CONNACK: {session_present: false, code: 0}
client done: {call: up2, session_present: false}
client subscribe: {filter: a, as: s2}
expect SUBSCRIBE: {packet_id: $id2, filters: [{filter: a, qos: 0}]}
client pending: s2
fault cut: rst
expect CONNECT: …
given: true
`},
		{"an answer that does not fit finishes no call",
			all(up(nil), some(sent(&wire.Publish{Topic: "t", QoS: 2, PacketID: 1}), handed(&wire.Puback{PacketID: 1}),
				sent(&wire.Subscribe{PacketID: 2, Filters: []wire.Subscription{{Filter: "a"}, {Filter: "b"}}}), handed(&wire.Suback{PacketID: 2, Codes: []byte{0}}))),
			"needs: [qos2]", connected + `client publish: {topic: t, qos: 2, as: m1}
expect PUBLISH: {topic: t, qos: 2, dup: false, retain: false, payload: "", packet_id: $id1}
client pending: m1
send PUBACK: {packet_id: $id1}
client subscribe: {filters: [{filter: a, qos: 0}, {filter: b, qos: 0}], as: s1}
expect SUBSCRIBE: {packet_id: $id2, filters: [{filter: a, qos: 0}, {filter: b, qos: 0}]}
client pending: s1
send SUBACK: {packet_id: $id2, codes: [0]}
`},
		{"a message before the CONNACK is not received",
			some(connect(nil), handed(&wire.Publish{Topic: "t"})),
			"", "client connect: {as: up1}\nexpect CONNECT: …\nclient pending: up1\nsend PUBLISH: {topic: t}\n"},
		{"a pause is counted from the fault before it",
			all(up(keepAlive), at(5*time.Second, event("fault stall to_server")), at(9*time.Second, sent(&wire.Pingreq{}))),
			"needs: [keep-alive]\nclient: {keep_alive: 10s}", connected + `wait: 5s
fault stall: to_server
expect PINGREQ:
after: 3.2s~4.8s
`},
		{"a message at QoS 2 in both directions",
			all(up(nil), some(sent(&wire.Publish{Topic: "t", QoS: 2, PacketID: 1}), handed(&wire.Pubrec{PacketID: 1}), sent(&wire.Pubrel{PacketID: 1}), handed(&wire.Pubcomp{PacketID: 1}),
				handed(&wire.Publish{Topic: "t", QoS: 2, PacketID: 1}), sent(&wire.Pubrec{PacketID: 1}), handed(&wire.Publish{Topic: "t", QoS: 2, PacketID: 1, Dup: true}), handed(&wire.Pubrel{PacketID: 1}), sent(&wire.Pubcomp{PacketID: 1}))),
			"needs: [qos2]", connected + `client publish: {topic: t, qos: 2, as: m1}
expect PUBLISH: {topic: t, qos: 2, dup: false, retain: false, payload: "", packet_id: $id1}
send PUBREC: {packet_id: $id1}
expect PUBREL: {packet_id: $id1}
send PUBCOMP: {packet_id: $id1}
client done: m1
send PUBLISH: {topic: t, qos: 2, packet_id: 1}
receive: {topic: t, qos: 2, payload: ""}
expect PUBREC: {packet_id: 1}
send PUBLISH: {topic: t, qos: 2, dup: true, packet_id: 1}
send PUBREL: {packet_id: 1}
expect PUBCOMP: {packet_id: 1}
`},
		{"subscribe and unsubscribe; a filter that is refused is not judged",
			all(up(nil), some(sent(&wire.Subscribe{PacketID: 1, Filters: []wire.Subscription{{Filter: "a"}}}), handed(&wire.Suback{PacketID: 1, Codes: []byte{0}}),
				sent(&wire.Subscribe{PacketID: 2, Filters: []wire.Subscription{{Filter: "b", QoS: 1}, {Filter: "c"}}}), handed(&wire.Suback{PacketID: 2, Codes: []byte{0x80, 0}}),
				sent(&wire.Unsubscribe{PacketID: 3, Filters: []string{"a"}}), handed(&wire.Unsuback{PacketID: 3}))),
			"needs: [qos1, unsubscribe]", connected + `client subscribe: {filter: a, as: s1}
expect SUBSCRIBE: {packet_id: $id1, filters: [{filter: a, qos: 0}]}
send SUBACK: {packet_id: $id1, codes: [0]}
client done: s1
client subscribe: {filters: [{filter: b, qos: 1}, {filter: c, qos: 0}], as: s2}
expect SUBSCRIBE: {packet_id: $id2, filters: [{filter: b, qos: 1}, {filter: c, qos: 0}]}
client pending: s2
send SUBACK: {packet_id: $id2, codes: [128, 0]}
client unsubscribe: {filter: a, as: u1}
expect UNSUBSCRIBE: {packet_id: $id3, filters: [a]}
send UNSUBACK: {packet_id: $id3}
client done: u1
`},
		{"a subject that subscribes again by itself",
			all(up(nil), some(sent(&wire.Subscribe{PacketID: 1, Filters: []wire.Subscription{{Filter: "a"}}}), handed(&wire.Suback{PacketID: 1, Codes: []byte{0}}), ended(false, "FIN"), ended(true, "FIN")),
				on(2, up(nil)...), on(2, sent(&wire.Subscribe{PacketID: 1, Filters: []wire.Subscription{{Filter: "a"}}}))),
			"needs: [resubscribe]", connected + `client subscribe: {filter: a, as: s1}
expect SUBSCRIBE: {packet_id: $id1, filters: [{filter: a, qos: 0}]}
send SUBACK: {packet_id: $id1, codes: [0]}
client done: s1
send close: fin
expect close: {how: fin}
expect CONNECT: …
given: true
send CONNACK: {session_present: false, code: 0}
expect SUBSCRIBE: {packet_id: $id2, filters: [{filter: a, qos: 0}]}
`},
		{"a refusal fails the connect, unless the subject tries again",
			some(connect(nil), handed(&wire.Connack{Code: 5}), ended(true, "FIN")),
			"", `client connect: {as: up1}
expect CONNECT: …
send CONNACK: {session_present: false, code: 5}
client fails: {call: up1, error: refused}
expect close: {how: fin}
`},
		{"a subject that tries again after a refusal",
			all(some(connect(nil), handed(&wire.Connack{Code: 3}), ended(true, "RST")), on(2, up(nil)...)),
			"", `client connect: {as: up1}
expect CONNECT: …
client pending: up1
send CONNACK: {session_present: false, code: 3}
expect close: {how: rst}
expect CONNECT: …
given: true
send CONNACK: {session_present: false, code: 0}
`},
		{"after a disconnect, and with other options, a connect is a call",
			all(up(func(p *wire.Connect) { u := "u"; p.Username = &u }), some(sent(&wire.Disconnect{}), ended(true, "FIN")), on(2, up(func(p *wire.Connect) { p.CleanSession = false })...)),
			"needs: [persistent-session, credentials]", `client connect: {username: u, as: up1}
expect CONNECT: …
send CONNACK: {session_present: false, code: 0}
client done: {call: up1, session_present: false}
client disconnect:
expect DISCONNECT:
expect close: {how: fin}
client connect: {clean_session: false, as: up2}
expect CONNECT: …
send CONNACK: {session_present: false, code: 0}
client done: {call: up2, session_present: false}
`},
		{"options of every connect stand in the header; what is no text is noted",
			some(connect(func(p *wire.Connect) {
				u := "u"
				p.Username, p.Password = &u, []byte{0xff}
				p.Will = &wire.Will{Topic: "w", Payload: []byte("bye"), Retain: true}
			})),
			"needs: [will, credentials]\nclient: {username: u, password: ?, will: {topic: w, retain: true, payload: bye}}", `client connect: {as: up1}
note: "the password is no text: ff"
expect CONNECT: …
client pending: up1
`},
		{"a subject that closes for no reason that shows was told to",
			all(up(nil), some(ended(true, "RST"))),
			"", connected + "client abort:\nexpect close: {how: rst}\n"},
		{"a second CONNACK is reason enough",
			all(up(nil), some(handed(&wire.Connack{}), ended(true, "FIN"))),
			"", connected + "send CONNACK: {session_present: false, code: 0}\nexpect close: {how: fin}\n"},
		{"a message that ends the connection is not received",
			all(up(nil), some(handed(&wire.Publish{Topic: "t", QoS: 2, PacketID: 1}), ended(true, "FIN"))),
			"", connected + "send PUBLISH: {topic: t, qos: 2, packet_id: 1}\nexpect close: {how: fin}\n"},
		{"bytes that are no packet, or one in another encoding, are raw",
			all(up(nil), some(raw(false, 0xd1, 0), raw(false, 0xd0, 0x80, 0), raw(false, 0xc0, 0), raw(false, 0x30))),
			"", connected + "send raw: d1 00\nsend raw: d0 80 00\nsend raw: c0 00\nsend raw: 30\n"},
		{"a malformed packet of the subject is expected by its type",
			all(up(nil), some(raw(true, 0x36, 0x00))),
			"", connected + "expect PUBLISH:\nnote: the subject sent malformed PUBLISH [MQTT-3.3.1-4] offset=0 found=QoS 3\n"},
		{"a ping after the keep alive, and one that was asked for",
			all(up(keepAlive), at(9*time.Second, sent(&wire.Pingreq{}), handed(&wire.Pingresp{})), at(10*time.Second, sent(&wire.Pingreq{}))),
			"needs: [keep-alive, explicit-ping]\nclient: {keep_alive: 10s}", connected + `expect PINGREQ:
after: 7.2s~10.8s
send PINGRESP:
wait: 1s
client ping:
expect PINGREQ:
`},
		{"without times a ping is the keep alive's, and without a keep alive it was asked for",
			all(at(-1, up(keepAlive)...), at(-1, sent(&wire.Pingreq{}), sent(&wire.Disconnect{})), on(2, at(-1, up(nil)...)...), on(2, at(-1, sent(&wire.Pingreq{}))...)),
			"needs: [keep-alive, explicit-ping]\nclient: {keep_alive: 10s}", `client connect: {as: up1}
expect CONNECT: …
send CONNACK: {session_present: false, code: 0}
client done: {call: up1, session_present: false}
expect PINGREQ:
client disconnect:
expect DISCONNECT:
client connect: {keep_alive: 0s, as: up2}
expect CONNECT: …
send CONNACK: {session_present: false, code: 0}
client done: {call: up2, session_present: false}
client ping:
expect PINGREQ:
`},
		{"faults on connections are steps, other events notes",
			all(up(nil), some(event("fault stall both"), event("fault heal"), event("fault heal"), event("fault delay < PINGRESP"), event("fault down"), ended(false, "RST"), event("fault down"), event("fault up"), event("fault refuse"), event("something"))),
			"", connected + `fault stall: both
fault heal:
fault down:
note: fault heal; fault delay < PINGRESP
fault up:
note: fault down
fault refuse: 1
note: something
`},
		{"a cut at a packet of the subject is one behind it",
			all(up(nil), some(sent(&wire.Publish{Topic: "t"}), event(`fault cut fin at byte 3 of > PUBLISH`), ended(false, "FIN"), ended(true, "FIN"))),
			"", connected + `client publish: {topic: t}
expect PUBLISH: {topic: t, qos: 0, dup: false, retain: false, payload: "", packet_id: null}
fault cut: fin
expect close: {how: fin}
`},
		{"what is sent right before a cut has a moment to arrive",
			all(up(nil), some(handed(&wire.Publish{Topic: "t"}), event("fault cut rst"), ended(true, "RST"), event("fault down"))),
			"", connected + `send PUBLISH: {topic: t}
wait: 100ms
fault cut: rst
expect close: {how: rst}
fault down:
`},
		{"a connection that is not the newest is named",
			all(up(nil), on(2, up(nil)...), some(handed(&wire.Pingresp{}), ended(true, "FIN"))),
			"", connected + `expect CONNECT: …
given: true
send CONNACK: {session_present: false, code: 0}
send PINGRESP: {conn: 1}
expect close: {how: fin, conn: 1}
`},
		{"what takes long is simulated",
			all(up(nil), at(time.Hour+time.Millisecond, sent(&wire.Publish{Topic: "t"}))),
			"world: simulated\nreason: it takes 1h", connected + `wait: 1h0m0.001s
client publish: {topic: t}
expect PUBLISH: {topic: t, qos: 0, dup: false, retain: false, payload: "", packet_id: null}
`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			s, err := draft.Of("a/b", test.capture)
			if err != nil {
				t.Fatal(err)
			}
			header, steps, _ := strings.Cut(string(scenario.Format(s)), "steps:\n")
			if diff := cmp.Diff(test.want, shorten(steps)); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
			var rest []string
			for line := range strings.Lines(header) {
				switch word, _, _ := strings.Cut(line, ":"); word {
				case "needs", "client", "world", "reason":
					rest = append(rest, strings.TrimSpace(line))
				}
			}
			if diff := cmp.Diff(test.header, strings.Join(rest, "\n")); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
		})
	}
}

// shorten leaves out indentation and the fields of CONNECT.
func shorten(steps string) string {
	var b strings.Builder
	for line := range strings.Lines(steps) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "- ")
		switch {
		case strings.HasPrefix(line, "will_topic: "):
			continue
		case strings.HasPrefix(line, "expect CONNECT: "):
			line = "expect CONNECT: …"
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

func TestDraftRefuses(t *testing.T) {
	for _, test := range []struct {
		reason  string
		capture []draft.Record
		want    string
	}{
		{"nothing", nil, "draft of a/b: the capture holds no packet"},
		{"events alone", some(event("something")), "draft of a/b: the capture holds no packet"},
		{"a server's packet of the subject", some(handed(&wire.Pingresp{}), raw(true, 0xd0, 0)), "draft of a/b: connection 1: the subject sent what no step can expect: PINGRESP"},
		{"bytes of the subject", some(raw(true, 0xff, 1, 2)), "draft of a/b: connection 1: the subject sent what no step can expect: malformed packet [2.2.1-must-1] offset=0 found=packet type 15"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			if _, err := draft.Of("a/b", test.capture); err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
