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
