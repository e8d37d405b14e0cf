package play_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// Whatever a subject gets wrong is seen, at the step where it shows, and says what was expected.
func TestVerdicts(t *testing.T) {
	for _, tt := range []struct {
		name     string
		scenario string
		set      func(*fake)
		verdict  judge.Verdict
		line     int    // of the step
		message  string // part of the failure's report
	}{
		{"it does all of it", publishes, func(*fake) {}, judge.Pass, 0, ""},
		{"success before the acknowledgement", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
				done(nil)
			}
		}, judge.APIFail, 10, `publish "m1": reported success before its PUBACK`},
		{"another packet", publishes, func(f *fake) {
			f.publish = func(f *fake, _ subject.Message, _ func(error)) { f.send(&wire.Pingreq{}) }
		}, judge.Fail, 11, "the client sent PINGREQ instead of PUBLISH\n  want: PUBLISH topic=\"t\" packet_id=(any) payload=\"hi\"\n  got:  PINGREQ"},
		{"another field", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, _ func(error)) {
				f.send(&wire.Publish{Topic: "u", Payload: []byte("hi"), QoS: 1, PacketID: 1})
			}
		}, judge.Fail, 11, `PUBLISH with topic=`},
		{"a malformed packet", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, _ func(error)) {
				f.send(&wire.Publish{Topic: "t", Payload: []byte("hi"), QoS: 1})
			}
		}, judge.Fail, 11, "the client sent a malformed PUBLISH"},
		{"nothing at all", publishes, func(f *fake) {
			f.publish = func(*fake, subject.Message, func(error)) {}
		}, judge.Fail, 11, "sent no PUBLISH within"},
		{"the end of the connection instead", publishes, func(f *fake) {
			f.publish = func(f *fake, _ subject.Message, _ func(error)) { f.conn.Close() }
		}, judge.Fail, 11, "the end of connection 1 (FIN)"},
		{"no result", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, _ func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
			}
		}, judge.APIFail, 14, `publish "m1" did not return, although its PUBACK came`},
		{"failure for success", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
				f.read(4)
				done(errors.New("no"))
			}
		}, judge.APIFail, 14, `publish "m1" failed, although its PUBACK came`},
		{"two results", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
				done(f.read(4))
				done(nil)
			}
		}, judge.Fail, 1, `the outcome of publish "m1" twice`},
		{"a panic", publishes, func(f *fake) {
			f.publish = func(*fake, subject.Message, func(error)) { panic("oh") }
		}, judge.Fail, 1, "the client panicked: oh"},
		{"a message nobody sent", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				f.env.OnMessage(subject.Message{Topic: "t", Payload: "invented"})
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
				done(f.read(4))
			}
		}, judge.APIFail, 1, "a message that the client was not handed"},
		{"a packet after the last step", publishes, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
				err := f.read(4)
				f.send(&wire.Pingreq{})
				done(err)
			}
		}, judge.Fail, 1, "the client sent PINGREQ, which no step expects"},
		{"a message that no step lists", header + `  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - send PUBLISH: {topic: t, payload: hi}
`, func(f *fake) {
			f.connect = func(f *fake) error {
				f.dial()
				f.read(4)
				err := f.read(7)
				f.env.OnMessage(subject.Message{Topic: "t", Payload: "hi"})
				return err
			}
		}, judge.Fail, 1, "a message that no step expects"},
		{"an unmet precondition", header + `  - client connect:
  - expect CONNECT: {client_id: other}
    given: true
`, func(*fake) {}, judge.Inconclusive, 8, "CONNECT with client_id="},
		{"a failure at level should", strings.Replace(publishes, "level: must", "level: should", 1), func(f *fake) {
			f.publish = func(*fake, subject.Message, func(error)) {}
		}, judge.Warn, 11, "sent no PUBLISH within"},
		{"a failure at level may", strings.Replace(publishes, "level: must", "level: may", 1), func(f *fake) {
			f.publish = func(*fake, subject.Message, func(error)) {}
		}, judge.Info, 11, "sent no PUBLISH within"},
		{"a call that fails unseen", header + `  - client connect:
  - expect CONNECT:
  - wait: 2s
`, func(*fake) {}, judge.APIFail, 7, "connect failed"},
		{"the wrong time", header + `  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - client publish: {topic: t, qos: 1, payload: hi}
  - expect PUBLISH: {packet_id: $id}
    after: 1s~2s
`, func(*fake) {}, judge.Fail, 11, "the client sent PUBLISH too early"},
		{"what a monitor sees", header + `  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - client publish: {topic: t, qos: 1, payload: hi, as: m1}
  - expect PUBLISH: {topic: t}
  - client pending: m1
`, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, _ func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1, Dup: true})
			}
		}, judge.Fail, 1, "(record 2, monitor first-sending)"},
		{"a connection left open", header + `  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
`, func(f *fake) {
			f.connect = func(f *fake) error {
				f.dial()
				err := f.read(4)
				f.conn = nil // and nobody closes it
				return err
			}
		}, judge.Fail, 1, "left open: connection 1"},
		{"a feature it lacks", strings.Replace(publishes, "needs: [qos1]", "needs: [qos1, will]", 1), func(*fake) {}, judge.Unsupported, 0, "lacks the feature will"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := play.Simulated(t, parse(t, tt.scenario), factory(tt.set), play.Options{})
			if res.Shown() != tt.verdict {
				t.Fatalf("verdict %s, want %s: %v", res.Shown(), tt.verdict, res.Reason())
			}
			if res.Reason() == nil {
				return
			}
			if got := res.Reason().Report(); !strings.Contains(got, tt.message) {
				t.Errorf("the report lacks %q:\n%s", tt.message, got)
			}
			if res.Reason().Pos.Line != tt.line {
				t.Errorf("it is blamed on line %d, want %d", res.Reason().Pos.Line, tt.line)
			}
		})
	}
}

// The capture ends with the verdict, and holds the subject's side only.
func TestCapture(t *testing.T) {
	res := play.Simulated(t, parse(t, publishes), factory(func(*fake) {}), play.Options{})
	var got []string
	for _, r := range res.Capture.Records {
		got = append(got, r.String())
	}
	want := []string{
		`0.000 > CONNECT level=4 clean=1 keepalive=0 id="c1"`,
		`0.000 < CONNACK sp=0 code=0`,
		`0.000 > PUBLISH qos=1 dup=0 retain=0 topic="t" id=1 payload="hi"`,
		`0.001 < PUBACK id=1`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("capture (-want +got):\n%s", diff)
	}
}

// Filters stand in their order, or in any where the step says so; all of them, and none beside.
func TestFiltersInAnyOrder(t *testing.T) {
	b := wire.Subscription{Filter: "b"}
	for _, tt := range []struct {
		name  string
		order string // of the step
		sent  []wire.Subscription
		want  judge.Verdict
	}{
		{"in order", "", []wire.Subscription{{Filter: "a", QoS: 1}, b}, judge.Pass},
		{"in another order", "", []wire.Subscription{b, {Filter: "a", QoS: 1}}, judge.Fail},
		{"in any order", ", any_order: true", []wire.Subscription{b, {Filter: "a", QoS: 1}}, judge.Pass},
		{"another QoS", ", any_order: true", []wire.Subscription{b, {Filter: "a"}}, judge.Fail},
		{"one twice", ", any_order: true", []wire.Subscription{b, {Filter: "a", QoS: 1}, b}, judge.Fail},
		{"not in any order", ", any_order: false", []wire.Subscription{b, {Filter: "a", QoS: 1}}, judge.Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sc := parse(t, header+`  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - client publish: {topic: t, payload: hi}
  - expect SUBSCRIBE: {packet_id: $s, filters: [{filter: a, qos: 1}, {filter: b}]`+tt.order+"}\n")
			res := play.Simulated(t, sc, factory(func(f *fake) {
				f.publish = func(f *fake, _ subject.Message, done func(error)) {
					f.send(&wire.Subscribe{PacketID: 9, Filters: tt.sent})
					done(nil)
				}
			}), play.Options{})
			if res.Verdict != tt.want {
				t.Errorf("verdict %s, want %s: %v", res.Verdict, tt.want, res.Failure)
			}
		})
	}
}

// A failure names what its step covers, and where the step does not say, what the scenario covers.
func TestStepCovers(t *testing.T) {
	wrong := factory(func(f *fake) {
		f.publish = func(f *fake, _ subject.Message, done func(error)) {
			f.send(&wire.Publish{Topic: "u", QoS: 1, PacketID: 1})
			done(f.read(4))
		}
	})
	whole := strings.Replace(publishes, "covers: [MQTT-4.3.2-1]", "covers: [MQTT-4.3.2-1, MQTT-2.3.1-1, MQTT-3.3.2-1]", 1)
	narrow := strings.Replace(whole, "  - client pending", "    covers: [MQTT-3.3.2-1]\n  - client pending", 1)
	for _, tt := range []struct {
		scenario string
		want     []string
	}{
		{whole, []string{"MQTT-4.3.2-1", "MQTT-2.3.1-1", "MQTT-3.3.2-1"}},
		{narrow, []string{"MQTT-3.3.2-1"}},
	} {
		res := play.Simulated(t, parse(t, tt.scenario), wrong, play.Options{})
		if res.Verdict != judge.Fail {
			t.Fatalf("verdict %s, want fail", res.Verdict)
		}
		if diff := cmp.Diff(tt.want, res.Failure.Covers); diff != "" {
			t.Errorf("covers (-want +got):\n%s", diff)
		}
	}
}
