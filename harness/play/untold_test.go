package play_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// A call of which the client tells nothing has neither succeeded nor failed, whatever a step asks.
func TestUntold(t *testing.T) {
	set := func(f *fake) {
		f.connect = func(f *fake) error {
			f.dial()
			f.read(4)
			return subject.ErrUntold
		}
		f.publish = func(f *fake, m subject.Message, done func(error)) {
			f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
			done(subject.ErrUntold)
		}
	}
	for _, text := range []string{publishes, strings.Replace(publishes, "client done: m1", "client fails: {call: m1, error: any}", 1), strings.Replace(strings.ReplaceAll(publishes, ", as: m1", ""), "  - client pending: m1\n", "", 1)} {
		text = strings.Replace(text, "  - client connect:\n", "  - client connect: {as: up}\n", 1)
		text = strings.Replace(text, "code: 0}\n", "code: 0}\n  - client done: up\n", 1)
		if !strings.Contains(text, "as: m1") {
			text = strings.Replace(text, "  - client done: m1\n", "", 1)
		}
		res := play.Simulated(t, parse(t, text), factory(set), play.Options{Require: judge.Require("api")})
		if res.Verdict != judge.Pass || res.API != judge.Pass {
			t.Errorf("verdict %s, api %s\n%s%s", res.Verdict, res.API, res.Report(), res.ReportAPI())
		}
	}
}

// A field of a message that the client does not tell is not held against what a step says.
func TestUntoldFields(t *testing.T) {
	text := strings.Replace(publishes, "  - client publish", "  - send PUBLISH: {topic: a, payload: x, retain: true}\n  - client publish", 1) + "  - receive: {topic: a, qos: 0, retain: true, dup: false}\n"
	for _, test := range []struct {
		message subject.Message
		api     judge.Verdict
	}{
		{subject.Message{Topic: "a", Payload: "x", QoS: 2, Dup: true, Untold: subject.Fields{QoS: true, Retain: true, Dup: true}}, judge.Pass},
		{subject.Message{Topic: "a", Payload: "x", Untold: subject.Fields{QoS: true, Dup: true}}, judge.Fail},
		{subject.Message{Topic: "a", Payload: "x", QoS: 1, Retain: true, Untold: subject.Fields{Dup: true}}, judge.Fail},
		{subject.Message{Topic: "a", Payload: "x", Retain: true, Dup: true, Untold: subject.Fields{QoS: true}}, judge.Fail},
	} {
		set := func(f *fake) {
			f.connect = func(f *fake) error {
				f.dial()
				f.read(4)
				return f.read(6)
			}
			f.publish = func(f *fake, m subject.Message, done func(error)) {
				f.publish = nil
				f.env.OnMessage(test.message)
				f.Publish(f.ctx, m, done)
			}
		}
		res := play.Simulated(t, parse(t, text), factory(set), play.Options{Foreign: true, Require: judge.Require("api")})
		if failed := res.Failed(); failed != (test.api == judge.Fail) {
			t.Errorf("%+v: verdict %s, api %s\n%s%s", test.message, res.Verdict, res.API, res.Report(), res.ReportAPI())
		}
	}
}

// guest is a fake with the optional methods of a subject.
type guest struct {
	*fake
	closed, aborted int
	nested          []bool
}

func (g *guest) Close()        { g.closed++; g.fake.Abort() }
func (g *guest) Notes() string { return "oh \x1b[31mno" }
func (g *guest) AbortContext(ctx context.Context) error {
	g.aborted++
	g.nested = append(g.nested, subject.IsNested(ctx))
	return g.fake.Abort()
}

// play plays a scenario with a guest.
func (g *guest) play(t *testing.T, text string, set func(*fake)) *judge.Result {
	t.Helper()
	f := factory(set)
	inner := f.New
	f.New = func(env subject.Env) (subject.Subject, error) {
		s, err := inner(env)
		g.fake = s.(*fake)
		return g, err
	}
	return play.Simulated(t, parse(t, text), f, play.Options{Foreign: true})
}

// A subject is closed once, in place of its last abort, and asked for notes where there is a failure.
func TestCloserAndNoter(t *testing.T) {
	g := &guest{}
	if res := g.play(t, publishes, func(*fake) {}); res.Verdict != judge.Pass || g.closed != 1 || g.aborted != 0 {
		t.Errorf("verdict %s, closed %d times, aborted %d times", res.Verdict, g.closed, g.aborted)
	}
	g = &guest{}
	res := g.play(t, publishes, func(f *fake) { f.publish = func(*fake, subject.Message, func(error)) {} })
	if res.Verdict != judge.Fail || !strings.Contains(res.Report(), "\n  printed:\n    oh \\x1b[31mno\n") {
		t.Errorf("verdict %s\n%s", res.Verdict, res.Report())
	}
}

// A call from inside the callback is told so, an abort too, and one from outside is not.
func TestNestedAbort(t *testing.T) {
	text := strings.Replace(publishes, "  - client connect", "  - client on_message: {do: close, when: stop}\n  - client connect", 1)
	text = text[:strings.Index(text, "  - client publish")] + "  - send PUBLISH: {topic: stop, payload: x}\n  - receive: {topic: stop}\n  - expect close:\n  - client abort:\n"
	g := &guest{}
	res := g.play(t, text, func(f *fake) {
		f.connect = func(f *fake) error {
			f.dial()
			err := f.read(4 + 9)
			f.env.OnMessage(subject.Message{Topic: "stop", Payload: "x"})
			return err
		}
	})
	if res.Verdict != judge.Pass || len(g.nested) != 2 || !g.nested[0] || g.nested[1] {
		t.Errorf("verdict %s, nested: %v\n%s", res.Verdict, g.nested, res.Report())
	}
}

// A fault ends the scenario at once: as a failure of the client, or of its adapter.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		setup, certain bool
		want           judge.Verdict
	}{{false, false, judge.Fail}, {true, false, judge.SetupError}, {true, true, judge.SetupError}} {
		res := play.Simulated(t, parse(t, publishes), factory(func(f *fake) {
			f.publish = func(f *fake, _ subject.Message, _ func(error)) {
				f.env.Fail(&subject.Fault{Err: errors.New("it is gone"), Setup: test.setup, Certain: test.certain, Printed: "because"})
			}
		}), play.Options{})
		if report := res.Report(); res.Verdict != test.want || !strings.Contains(report, "it is gone") || !strings.Contains(report, "\n  printed:\n    because\n") {
			t.Errorf("verdict %s, want %s\n%s", res.Verdict, test.want, report)
		}
		if res.Certain != test.certain {
			t.Errorf("the failure is certain: %t, want %t", res.Certain, test.certain)
		}
	}
	f := factory(func(*fake) {})
	f.New = func(subject.Env) (subject.Subject, error) {
		return nil, &subject.Fault{Err: errors.New("no such program"), Printed: "because"}
	}
	res := play.Simulated(t, parse(t, publishes), f, play.Options{})
	if report := res.Report(); res.Verdict != judge.SetupError || !strings.Contains(report, "could not be made: no such program") || !strings.Contains(report, "because") {
		t.Errorf("verdict %s\n%s", res.Verdict, report)
	}
}
