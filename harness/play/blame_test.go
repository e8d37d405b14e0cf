package play_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// up stands before what is played on a connection.
const up = header + `  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
`

// gets is a fake whose connect reads so many bytes more and then has its callback get these messages.
func gets(n int, messages ...subject.Message) func(*fake) {
	return func(f *fake) {
		f.connect = func(f *fake) error {
			f.dial()
			err := f.read(4 + n)
			for _, m := range messages {
				f.env.OnMessage(m)
			}
			return err
		}
	}
}

// reports is a fake whose connect reads so many bytes and reports success or not.
func reports(n int, err error) func(*fake) {
	return func(f *fake) {
		f.connect = func(f *fake) error {
			f.dial()
			f.read(n)
			return err
		}
	}
}

// calls is a fake whose other calls send a packet, read so many bytes, and end as they are told.
func calls(p wire.Packet, n int, end func() error) func(*fake) {
	return func(f *fake) {
		f.call = func(f *fake) error {
			f.send(p)
			f.read(n)
			return end()
		}
	}
}

// publishing is a fake whose publish sends a PUBLISH, reads so many bytes, and ends as it is told.
func publishing(n int, end func(done func(error))) func(*fake) {
	return func(f *fake) {
		f.publish = func(f *fake, m subject.Message, done func(error)) {
			p := &wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: byte(m.QoS)}
			if m.QoS > 0 {
				p.PacketID = 1
			}
			f.send(p)
			f.read(n)
			end(done)
		}
	}
}

var errNo = errors.New("no")

func no() error  { return errNo }
func yes() error { return nil }

// hangs never returns while the scenario lasts.
func hangs(f *fake) func() error {
	return func() error { <-f.ctx.Done(); return f.ctx.Err() }
}

// blamed is what one failure is about: the API or the wire, and the rules that it names.
type blamed struct {
	api     bool
	ids     []string
	message string
}

func api(ids ...string) blamed   { return blamed{api: true, ids: ids} }
func wired(ids ...string) blamed { return blamed{ids: ids} }

// What the player finds wrong without a step names the rule that is about it, and not what the scenario
// covers.
func TestBlame(t *testing.T) {
	hi := subject.Message{Topic: "t", Payload: "hi"}
	inbound := func(steps string) string { return up + steps + "  - wait: 1s\n" }
	subscribe := &wire.Subscribe{PacketID: 9, Filters: []wire.Subscription{{Filter: "t"}}}
	subscribes := func(steps string) string {
		return up + "  - client subscribe: {filter: t, as: x}\n  - expect SUBSCRIBE: {packet_id: $s}\n" + steps
	}
	again := up + `  - send PUBLISH: {topic: t, qos: 1, packet_id: 7, payload: hi}
  - receive: {payload: hi}
  - expect PUBACK: {packet_id: 7}
  - send PUBLISH: {topic: t, qos: 1, packet_id: 7, payload: ho}
  - receive: {payload: ho}
`
	for _, tt := range []struct {
		name     string
		scenario string
		set      func(*fake)
		message  string
		want     blamed
	}{
		{"a message twice", inbound("  - send PUBLISH: {topic: t, payload: hi}\n"), gets(7, hi, hi), "more often than the client was handed it", api("api-delivery-1")},
		{"an invented message", inbound(""), gets(0, hi), "a message that the client was not handed", api("api-delivery-1")},
		{"a message at QoS 3", inbound("  - send raw: 36 07 00 01 74 00 01 68 69\n"), gets(9, hi),
			"out of a malformed packet, which must close the connection: malformed PUBLISH [MQTT-3.3.1-4]", api("api-delivery-1")},
		{"a topic that is no text, as it is", inbound("  - send raw: 30 05 00 01 ff 68 69\n"), gets(7, subject.Message{Topic: "\xff", Payload: "hi"}),
			"malformed PUBLISH [MQTT-1.5.3-1]", api("api-delivery-1")},
		{"a topic that is no text, made one", inbound("  - send raw: 30 05 00 01 ff 68 69\n"), gets(7, subject.Message{Topic: "\ufffd", Payload: "hi"}),
			"malformed PUBLISH [MQTT-1.5.3-1]", api("api-delivery-1")},
		{"half a message", inbound("  - send raw: 30 09 00 01 74 68 69\n  - send close: fin\n"), gets(8, hi), "of which only the beginning has arrived", api("api-delivery-1")},
		{"a topic without its U+FEFF", inbound("  - send raw: 30 08 00 04 ef bb bf 74 68 69\n"), gets(10, hi), "lost its U+FEFF", wired("MQTT-1.5.3-3")},
		{"a message that is not delivered", up + "  - send PUBLISH: {topic: t, payload: hi}\n  - receive: {payload: hi}\n", gets(7),
			"although the client was handed it", api("api-delivery-1")},
		{"a message that is passed over", up + "  - send PUBLISH: {topic: t, payload: ho}\n  - send PUBLISH: {topic: t, payload: hi}\n  - receive: {payload: ho}\n", gets(14, hi),
			`a message with payload="hi", not "ho"`, api("api-delivery-1")},
		{"a message that comes first", up + "  - send PUBLISH: {topic: t, payload: hi}\n  - receive: {payload: ho}\n", gets(7, hi), `a message with payload="hi", not "ho"`, wired("MQTT-4.3.2-1")},
		{"an identifier again", again, func(f *fake) {
			f.connect = func(f *fake) error {
				f.dial()
				f.read(4 + 9)
				f.env.OnMessage(hi)
				f.send(&wire.Puback{PacketID: 7})
				return f.read(9)
			}
		}, "although the client was handed it", wired("MQTT-4.3.2-2")},
		{"an identifier again at QoS 2", strings.Replace(up, "[qos1]", "[qos2]", 1) + `  - send PUBLISH: {topic: t, qos: 2, packet_id: 7, payload: hi}
  - receive: {payload: hi}
  - expect PUBREC: {packet_id: 7}
  - send PUBREL: {packet_id: 7}
  - expect PUBCOMP: {packet_id: 7}
  - send PUBLISH: {topic: t, qos: 2, packet_id: 7, payload: ho}
  - receive: {payload: ho}
`, func(f *fake) {
			f.connect = func(f *fake) error {
				f.dial()
				f.read(4 + 9)
				f.env.OnMessage(hi)
				f.send(&wire.Pubrec{PacketID: 7})
				f.read(4)
				f.send(&wire.Pubcomp{PacketID: 7})
				return f.read(9)
			}
		}, "although the client was handed it", wired("MQTT-4.3.3-2")},
		{"a message that never came", up + "  - receive: {payload: hi}\n", gets(0), "did not get the message within 10s", wired("MQTT-4.3.2-1")},

		{"success before the PUBACK", publishes, publishing(0, func(done func(error)) { done(nil) }), `publish "m1": reported success before its PUB`, api("api-outcome-1")},
		{"success before the PUBCOMP", strings.NewReplacer("qos: 1", "qos: 2", "[qos1]", "[qos2]", "send PUBACK", "send PUBREC").Replace(publishes),
			publishing(0, func(done func(error)) { done(nil) }), `publish "m1": reported success before its PUB`, api("api-outcome-1")},
		{"success before the CONNACK", header + "  - client connect:\n  - expect CONNECT:\n  - wait: 1s\n", reports(0, nil), "connect: reported success before its CONNACK", api("api-outcome-1")},
		{"success of what was refused", header + "  - client connect:\n  - expect CONNECT:\n  - send CONNACK: {code: 5}\n  - wait: 1s\n", reports(4, nil),
			"although the CONNACK refuses the connection", api("api-outcome-1")},
		{"success at the end of the connection", header + "  - client connect:\n  - expect CONNECT:\n  - send close: fin\n  - wait: 1s\n", reports(4, nil),
			"its connection ended without a CONNACK", api("api-outcome-1")},
		{"success for a malformed CONNACK", header + "  - client connect:\n  - expect CONNECT:\n  - send raw: 20 02 02 00\n  - wait: 1s\n", reports(4, nil),
			"for a malformed answer, which must close the connection: malformed CONNACK [3.2.2.1-must-1]", api("api-outcome-1")},
		{"success before the SUBACK", subscribes("  - wait: 1s\n  - client fails: x\n"), calls(subscribe, 0, yes), `subscribe "x": reported success before its SUBACK`, api("api-outcome-1")},
		{"success for a malformed SUBACK", subscribes("  - send raw: 90 03 00 09 03\n  - client fails: x\n"), calls(subscribe, 5, yes),
			"malformed SUBACK [MQTT-3.9.3-2]", api("api-outcome-1")},

		{"failure after the PUBACK", publishes, publishing(4, func(done func(error)) { done(errNo) }), `publish "m1" failed, although its PUBACK came`, api("api-outcome-1")},
		{"success for half a PUBACK", strings.Replace(publishes, "send PUBACK: {packet_id: $id}", "send raw: 40 02 00\n  - send close: fin", 1),
			publishing(4, func(done func(error)) { done(nil) }), `publish "m1": reported success before its PUB`, api("api-outcome-1")},
		{"failure before the PUBACK", strings.Replace(publishes, "  - client pending: m1\n", "", 1), publishing(0, func(done func(error)) { done(errNo) }), `publish "m1" failed`, api()},
		{"failure after the SUBACK", subscribes("  - send SUBACK: {packet_id: $s, codes: [0]}\n  - client done: x\n"), calls(subscribe, 5, no), `subscribe "x" failed, although its SUBACK came`, api("api-outcome-1")},
		{"failure after a SUBACK that refuses", subscribes("  - send SUBACK: {packet_id: $s, codes: [0x80]}\n  - client done: x\n"), calls(subscribe, 5, no), `subscribe "x" failed`, api()},
		{"failure after the SUBACK of another", subscribes("  - send SUBACK: {packet_id: 8, codes: [0]}\n  - client done: x\n"), calls(subscribe, 5, no), `subscribe "x" failed`, api()},
		{"failure after the UNSUBACK", strings.Replace(up, "[qos1]", "[unsubscribe]", 1) + "  - client unsubscribe: {filter: t, as: x}\n  - expect UNSUBSCRIBE: {packet_id: $u}\n  - send UNSUBACK: {packet_id: $u}\n  - client done: x\n",
			calls(&wire.Unsubscribe{PacketID: 9, Filters: []string{"t"}}, 4, no), `unsubscribe "x" failed, although its UNSUBACK came`, api("api-outcome-1")},
		{"failure after the PINGRESP", strings.Replace(up, "[qos1]", "[explicit-ping]", 1) + "  - client ping: {as: x}\n  - expect PINGREQ:\n  - send PINGRESP:\n  - client done: x\n",
			calls(&wire.Pingreq{}, 2, no), `ping "x" failed, although its PINGRESP came`, api("api-outcome-1")},
		{"failure after the CONNACK", header + "  - client connect:\n  - expect CONNECT:\n  - send CONNACK: {code: 0}\n  - wait: 1s\n", reports(4, errNo), "failed, although its CONNACK came", api("api-outcome-1")},
		{"failure after a CONNACK that refuses", header + "  - client connect:\n  - expect CONNECT:\n  - send CONNACK: {code: 5}\n  - wait: 1s\n", reports(4, errNo), "failed", api()},

		{"no return after the PUBACK", publishes, publishing(4, func(func(error)) {}), `publish "m1" did not return, although its PUBACK came`, api("api-outcome-2")},
		{"no return after a PUBACK out of turn", strings.Replace(publishes, "  - expect PUBLISH", "  - expect PUBLISH: {topic: u}\n  - expect PUBLISH", 1), func(f *fake) {
			f.publish = func(f *fake, m subject.Message, _ func(error)) {
				f.send(&wire.Publish{Topic: "u", QoS: 1, PacketID: 2})
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
			}
		}, `publish "m1" did not return, although its PUBACK came`, api("api-outcome-2")},
		{"no return by the end", strings.NewReplacer(", as: m1", "", "  - client done: m1\n", "", "  - client pending: m1\n", "").Replace(publishes), publishing(4, func(func(error)) {}),
			"did not return, although its PUBACK came", api("api-outcome-2")},
		{"no return before the PUBACK", strings.NewReplacer("  - client pending: m1\n", "", "  - send PUBACK: {packet_id: $id}\n", "").Replace(publishes), publishing(0, func(func(error)) {}),
			`publish "m1" did not return within 10s`, api()},
		{"no return of what waits for nothing", up + "  - client publish: {topic: t, payload: hi}\n  - expect PUBLISH:\n", publishing(0, func(func(error)) {}),
			"although it has nothing to wait for", api("api-outcome-2")},
		{"no return after the connection", subscribes("  - send close: fin\n  - client fails: x\n"), func(f *fake) {
			f.call = func(f *fake) error { f.send(subscribe); return hangs(f)() }
		}, `subscribe "x" did not return, although its connection has ended`, api("api-outcome-2")},
		{"no return of a publish after the connection", strings.Replace(publishes, "send PUBACK: {packet_id: $id}", "send close: fin", 1), publishing(4, func(func(error)) {}),
			`publish "m1" did not return within 10s`, api()},
		{"a packet in place of a failure", up + "  - client subscribe: {filter: t, as: x}\n  - client fails: x\n", func(f *fake) {
			f.call = func(f *fake) error { f.send(subscribe); return hangs(f)() }
		}, "no result, and it sent SUBSCRIBE", api()},
		{"a call behind one that hangs", subscribes("  - client publish: {topic: t, as: y}\n  - client done: y\n  - client fails: x\n"), func(f *fake) {
			f.call = func(f *fake) error { f.send(subscribe); return hangs(f)() }
		}, "has not begun", api()},
		{"two results", publishes, publishing(4, func(done func(error)) { done(nil); done(nil) }), `the outcome of publish "m1" twice`, wired("api-outcome-2")},
		{"a panic", publishes, publishing(0, func(func(error)) { panic("oh") }), "the client panicked", wired("api-outcome-2")},
		{"a connection left open", up, func(f *fake) {
			f.connect = func(f *fake) error {
				f.dial()
				err := f.read(4)
				f.conn = nil // and nobody closes it
				return err
			}
		}, "has ended and left open: connection 1", wired()},
		{"a malformed packet", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, _ func(error)) {
				f.send(&wire.Publish{Topic: "t", Payload: []byte("hi"), QoS: 1})
			}
		}, "malformed PUBLISH [MQTT-2.3.1-1]", wired("MQTT-2.3.1-1")},
		{"another packet", publishes, sends(&wire.Pingreq{}), "the client sent PINGREQ instead of PUBLISH", wired("MQTT-4.3.2-1")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := play.Simulated(t, parse(t, tt.scenario), factory(tt.set), play.Options{})
			got, report := blamed{}, ""
			for _, f := range append([]*judge.Failure{res.Failure}, res.APIFailures...) {
				if f == nil {
					continue
				}
				if report += f.Report(); got.message == "" && strings.Contains(f.Report(), tt.message) {
					got = blamed{f != res.Failure, f.Covers, tt.message}
				}
			}
			tt.want.message = tt.message
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(blamed{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("what is wrong, and what it breaks (-want +got):\n%s\n%s", diff, report)
			}
			if !res.Failed() {
				t.Errorf("verdict %s, api %s: it does not fail", res.Verdict, res.API)
			}
			for _, id := range got.ids {
				if _, ok := spec.Lookup(id); !ok {
					t.Errorf("%s is no rule", id)
				}
			}
		})
	}
}

// A subject that connects again by itself may have its calls wait for that.
func TestWaitingForAReconnectIsNoFault(t *testing.T) {
	f := factory(func(f *fake) {
		f.call = func(f *fake) error {
			f.send(&wire.Subscribe{PacketID: 9, Filters: []wire.Subscription{{Filter: "t"}}})
			return hangs(f)()
		}
	})
	f.Features = []spec.Feature{spec.QoS1, spec.AutoReconnect, spec.ReportsOutcome}
	sc := parse(t, up+"  - client subscribe: {filter: t, as: x}\n  - expect SUBSCRIBE:\n  - send close: fin\n  - client done: x\n")
	res := play.Simulated(t, sc, f, play.Options{})
	if res.API != judge.Fail || len(res.APIFailures[0].Covers) > 0 {
		t.Errorf("api %s, want fail of no rule: %v", res.API, res.APIFailures)
	}
}
