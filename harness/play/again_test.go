package play_test

import (
	"context"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
)

// A subject that connects again when it is told to has read what came before the end of its connection.
func TestReadsBeforeConnectingAgain(t *testing.T) {
	t.Parallel()
	sc := parse(t, header+`  - client connect: {as: up}
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - client done: up
  - send PUBLISH: {topic: t, payload: last}
  - send close: fin
  - expect CONNECT: {conn: 2}
  - send CONNACK: {code: 0}
  - receive: {topic: t, payload: last}
`)
	for range 200 {
		if res := play.Real(sc, subject.Simple(), play.Options{Settle: time.Millisecond}); res.Verdict != judge.Pass {
			t.Fatal(res.Failure.Report())
		}
	}
}

// idleFake is a fake whose Idle sees nothing of its connection.
type idleFake struct{ *fake }

func (idleFake) Idle(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// One that never comes to the end of its connection is told all the same.
func TestConnectsAgainWithoutReading(t *testing.T) {
	t.Parallel()
	sc := parse(t, header+`  - client connect: {as: up}
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - client done: up
  - fault cut: rst
  - expect CONNECT: {conn: 2}
  - send CONNACK: {code: 0}
`)
	f := factory(func(*fake) {})
	f.New = func(env subject.Env) (subject.Subject, error) { return idleFake{&fake{env: env}}, nil }
	for _, res := range []*judge.Result{play.Simulated(t, sc, f, play.Options{}), play.Real(sc, f, play.Options{})} {
		if res.Verdict != judge.Pass {
			t.Errorf("%s", res.Failure.Report())
		}
	}
}

// One whose own connect is under way, or waits for its turn, is not told to connect once more.
func TestIsToldOnlyOnce(t *testing.T) {
	connects := func(before time.Duration) func(f *fake) error {
		times := 0
		return func(f *fake) error {
			if times++; times > 1 {
				time.Sleep(before)
			}
			f.dial()
			return f.read(4)
		}
	}
	ended := up + "  - client publish: {topic: t}\n  - expect PUBLISH:\n  - send close: fin\n  - wait: 1s\n"
	const (
		connect = "  - client connect: {as: again}\n"
		again   = "  - expect CONNECT: {conn: 2}\n  - send CONNACK: {code: 0}\n  - wait: 5s\n"
		done    = "  - client done: again\n"
	)
	for _, tt := range []played{
		{"told by the step", ended + again, func(f *fake) { f.connect = connects(0); does(on("t"))(f) }, play.Options{}, judge.Pass, ""},
		{"a connect under way", ended + connect + again + done, func(f *fake) { f.connect = connects(ms(2000)); does(on("t"))(f) }, play.Options{}, judge.Pass, ""},
		{"a connect that waits", ended + connect + again + done, func(f *fake) { f.connect = connects(0); does(on("t"), ms(3000))(f) }, play.Options{}, judge.Pass, ""},
		{"a call under way", ended + again, func(f *fake) { f.connect = connects(0); does(on("t"), ms(3000))(f) }, play.Options{}, judge.Pass, ""},
		{"it fails to connect, and no step asks", ended + "  - expect CONNECT: {conn: 2}\n  - wait: 5s\n", func(f *fake) { f.connect = connects(0); does(on("t"))(f) }, play.Options{}, judge.Pass, ""},
		{"a call that lasts too long", ended + "  - expect CONNECT: {conn: 2}\n    within: 2s\n", func(f *fake) { f.connect = connects(0); does(on("t"), ms(4000))(f) }, play.Options{}, judge.Fail, "the client sent no CONNECT within 2s"},
	} {
		tt.run(t)
	}
}

// A subject may be done with its connection before the step that expects its CONNECT looks, as a program that
// publishes and ends is on a slow machine. It is not told to connect once more.
func TestIsNotToldWhileItsConnectIsUnseen(t *testing.T) {
	played{
		"it has connected and closed", header + "  - client connect:\n  - wait: 1s\n  - expect CONNECT:\n  - expect close:\n  - wait: 5s\n",
		func(f *fake) {
			f.connect = func(f *fake) error {
				f.dial()
				return f.conn.Close()
			}
		}, play.Options{Foreign: true}, judge.Pass, "",
	}.run(t)
}
