package play_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// sends is a fake whose publish sends these packets first.
func sends(ps ...wire.Packet) func(*fake) {
	return func(f *fake) {
		f.publish = func(f *fake, m subject.Message, done func(error)) {
			for _, p := range ps {
				f.send(p)
			}
			f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
			done(f.read(4))
		}
	}
}

// A subject that is not ours may send a packet that no step expects: a PINGREQ in silence, another one
// with a warning. What is malformed, missing, out of order or in a silence that a step asks for fails.
func TestForeignSubjects(t *testing.T) {
	subscribe := &wire.Subscribe{PacketID: 9, Filters: []wire.Subscription{{Filter: "t"}}}
	quiet := publishes + "  - expect silence: 2s\n"
	for _, tt := range []struct {
		name     string
		scenario string
		set      func(*fake)
		want     judge.Verdict
		report   string // part of it
	}{
		{"PINGREQ", publishes, sends(&wire.Pingreq{}), judge.Pass, ""},
		{"SUBSCRIBE", publishes, sends(subscribe), judge.Warn, "no step expects 0.000 > SUBSCRIBE"},
		{"a malformed packet", publishes, sends(&wire.Subscribe{PacketID: 9}), judge.Fail, "malformed"},
		{"a packet in a silence", quiet, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
				done(f.read(4))
				f.send(subscribe)
			}
		}, judge.Fail, "want: silence"},
		{"a ping in a silence", quiet, func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
				done(f.read(4))
				f.send(&wire.Pingreq{})
			}
		}, judge.Pass, ""},
		{"what a later step expects comes first", strings.Replace(publishes, "  - expect PUBLISH", "  - expect SUBSCRIBE:\n  - expect PUBLISH", 1), func(f *fake) {
			f.publish = func(f *fake, m subject.Message, _ func(error)) {
				f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
				f.send(subscribe)
			}
		}, judge.Fail, "got:  PUBLISH"},
		{"a failure names what was not listed before", publishes, func(f *fake) {
			f.publish = func(f *fake, _ subject.Message, _ func(error)) { f.send(subscribe) }
		}, judge.Fail, "no step expects 0.000 > SUBSCRIBE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := play.Simulated(t, parse(t, tt.scenario), factory(tt.set), play.Options{Foreign: true})
			if res.Verdict != tt.want {
				t.Fatalf("verdict %s, want %s: %v", res.Verdict, tt.want, res.Failure)
			}
			if res.Failure != nil && !strings.Contains(res.Failure.Report(), tt.report) {
				t.Errorf("the report lacks %q:\n%s", tt.report, res.Failure.Report())
			}
		})
	}
}

// The script answers a PINGREQ of a foreign subject that the scenario does not speak of, as a server does.
func TestForeignPingIsAnswered(t *testing.T) {
	set := func(f *fake) {
		f.publish = func(f *fake, m subject.Message, done func(error)) {
			f.send(&wire.Pingreq{})
			if err := f.read(2); err != nil {
				done(err)
				return
			}
			f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
			done(f.read(4))
		}
	}
	if res := play.Simulated(t, parse(t, publishes), factory(set), play.Options{Foreign: true}); res.Verdict != judge.Pass {
		t.Errorf("verdict %s, want pass: %v", res.Verdict, res.Failure)
	}
	unanswered := strings.Replace(publishes, "steps:", "allow: [PINGREQ]\nsteps:", 1)
	if res := play.Simulated(t, parse(t, unanswered), factory(set), play.Options{Foreign: true}); res.Verdict != judge.Fail {
		t.Errorf("where PINGREQ is allowed: verdict %s, want fail", res.Verdict)
	}
}

// A PINGREQ that comes before the CONNACK is answered behind it: no server sends anything before (MQTT-3.2.0-1).
func TestEarlyForeignPingIsAnsweredBehindConnack(t *testing.T) {
	var got []byte
	set := func(f *fake) {
		f.connect = func(f *fake) error {
			f.dial()
			f.send(&wire.Pingreq{})
			got = make([]byte, 6)
			_, err := io.ReadFull(f.conn, got)
			return err
		}
	}
	late := strings.Replace(publishes, "  - send CONNACK", "  - wait: 200ms\n  - send CONNACK", 1)
	if res := play.Simulated(t, parse(t, late), factory(set), play.Options{Foreign: true}); res.Verdict != judge.Pass {
		t.Errorf("verdict %s, want pass: %v", res.Verdict, res.Failure)
	}
	if diff := cmp.Diff([]byte{0x20, 2, 0, 0, 0xd0, 0}, got); diff != "" {
		t.Errorf("the client was handed (-want +got):\n%s", diff)
	}
}

// No level excuses a subject that panics, leaves something behind or reports what is not so.
func TestBrokenSubjectsAtEveryLevel(t *testing.T) {
	t.Parallel()
	sc := parse(t, strings.NewReplacer("level: must", "level: policy\nprofile: umqtt", "payload: hi, packet_id: $id}\n", "payload: hi, packet_id: $id}\n    within: 300ms\n").Replace(publishes))
	for name, f := range map[string]subject.Factory{
		"a panic in a call": factory(func(f *fake) {
			f.publish = func(*fake, subject.Message, func(error)) { panic("oh") }
		}),
		"a panic in New":   {Name: "fake", Features: factory(nil).Features, New: func(subject.Env) (subject.Subject, error) { panic("oh") }},
		"a panic in Abort": factory(func(f *fake) { f.abort = func() { panic("oh") } }),
		"a goroutine of New": {Name: "fake", Features: factory(nil).Features, New: func(env subject.Env) (subject.Subject, error) {
			go func() { select {} }()
			return &fake{env: env}, nil
		}},
		"success too early": factory(func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) { done(nil) }
		}),
		"an invented message": factory(func(f *fake) {
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				f.env.OnMessage(subject.Message{Topic: "t", Payload: "invented"})
			}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, res := range []*judge.Result{play.Simulated(t, sc, f, play.Options{}), play.Real(sc, f, play.Options{Settle: time.Millisecond})} {
				if !res.Failed() {
					t.Errorf("%s: verdict %s, want a failure: %v", res.World, res.Shown(), res.Reason())
				}
			}
		})
	}
}

// A subject that connects again by itself is told to when its connect has failed, and not when a connection
// is lost.
func TestToldToConnectAgain(t *testing.T) {
	first := header + `  - client connect: {as: up}
  - expect CONNECT: {conn: 1}
  - send close: fin
  - client fails: up
  - expect CONNECT: {conn: 2}
  - send CONNACK: {code: 0}
`
	again := first + `  - wait: 1s
  - send close: fin
  - expect CONNECT: {conn: 3}
`
	for _, tt := range []struct {
		name, scenario string
		feature        spec.Feature
		want           judge.Verdict
	}{
		{"manual, the first", first, spec.ManualReconnect, judge.Pass},
		{"manual, a later one", again, spec.ManualReconnect, judge.Pass},
		{"auto, the first", first, spec.AutoReconnect, judge.Pass},
		{"auto, a later one", again, spec.AutoReconnect, judge.Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := factory(func(*fake) {})
			f.Features = []spec.Feature{spec.QoS1, tt.feature}
			if res := play.Simulated(t, parse(t, tt.scenario), f, play.Options{}); res.Verdict != tt.want {
				t.Errorf("verdict %s, want %s: %v", res.Verdict, tt.want, res.Failure)
			}
		})
	}
}
