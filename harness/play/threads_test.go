package play_test

import (
	"context"
	"slices"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// sideways is a scenario of three publishes, of which the first one waits for the second.
const sideways = `title: a test
covers: [MQTT-4.3.2-1]
level: must
needs: [qos1, concurrent-calls]
peer: script
allow: [PUBLISH]
steps:
  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - client publish: {topic: first, as: first, thread: a}
  - client publish: {topic: behind, as: behind, thread: a}
  - client pending: first
  - client publish: {topic: second, as: second, thread: b}
  - client done: first
  - client done: behind
  - client done: second
`

// meeting is a fake whose publish of "first" waits for that of "second", and notes their order.
func meeting(made *[]string) func(*fake) {
	return func(f *fake) {
		met := make(chan struct{})
		f.publish = func(f *fake, m subject.Message, done func(error)) {
			switch m.Topic {
			case "first":
				select {
				case <-met:
				case <-f.ctx.Done():
				}
			case "second":
				defer close(met)
			}
			*made = append(*made, m.Topic)
			done(nil)
		}
	}
}

func concurrent(set func(*fake)) subject.Factory {
	f := factory(set)
	f.Features = append(f.Features, spec.ConcurrentCalls)
	return f
}

// Calls of different threads are made side by side, those of one thread one after another.
func TestThreads(t *testing.T) {
	var made []string
	res := play.Simulated(t, parse(t, sideways), threadsSeen(concurrent(meeting(&made))), play.Options{})
	if res.Verdict != judge.Pass || res.API == judge.Fail {
		t.Errorf("%s, api %s: %v", res.Verdict, res.API, res.Reason())
	}
	if want := []string{"second", "first", "behind"}; !slices.Equal(made, want) {
		t.Errorf("made %q, want %q", made, want)
	}
}

// threadsSeen fails a publish whose context names another thread than the topic stands for.
func threadsSeen(f subject.Factory) subject.Factory {
	inner := f.New
	f.New = func(env subject.Env) (subject.Subject, error) {
		s, err := inner(env)
		return &threadSeen{s}, err
	}
	return f
}

type threadSeen struct{ subject.Subject }

func (s *threadSeen) Publish(ctx context.Context, m subject.Message, done func(error)) {
	want := map[string]string{"first": "a", "behind": "a", "second": "b"}[m.Topic]
	if subject.Thread(ctx) != want {
		done(&subject.Error{Kind: subject.Other, Err: context.Canceled})
		return
	}
	s.Subject.Publish(ctx, m, done)
}

// A panic in a thread is the subject's.
func TestPanicInAThread(t *testing.T) {
	res := play.Simulated(t, parse(t, sideways), concurrent(func(f *fake) {
		f.publish = func(_ *fake, m subject.Message, done func(error)) {
			if m.Topic == "second" {
				panic("in a thread")
			}
			done(nil)
		}
	}), play.Options{})
	if res.Verdict != judge.Fail || res.Failure.Message != "the client panicked: in a thread" {
		t.Errorf("%s: %v", res.Verdict, res.Failure)
	}
}

// A scenario with threads is not for a subject without the feature.
func TestThreadsNeedTheFeature(t *testing.T) {
	res := play.Simulated(t, parse(t, sideways), factory(func(*fake) {}), play.Options{})
	if res.Verdict != judge.Unsupported || res.Missing != spec.ConcurrentCalls {
		t.Errorf("%s, missing %q", res.Verdict, res.Missing)
	}
}
