package swarm_test

import (
	"context"
	"testing"

	"umqtt/harness/subject"
	"umqtt/harness/swarm"
)

// A leaking client remembers the topic of each message that it has published or got.
type leaking struct {
	subject.Subject
	topics *[]string
}

func (l leaking) Publish(ctx context.Context, m subject.Message, done func(error)) {
	*l.topics = append(*l.topics, m.Topic)
	l.Subject.Publish(ctx, m, done)
}

func (l leaking) Idle(ctx context.Context) error { return l.Subject.(subject.Idler).Idle(ctx) }

// A client that leaks a little with each message is found: it holds more at the end than its limits account for.
func TestFindsLeak(t *testing.T) {
	f := subject.Simple()
	inner := f.New
	f.New = func(env subject.Env) (subject.Subject, error) {
		var topics []string
		got := env.OnMessage
		env.OnMessage = func(m subject.Message) {
			topics = append(topics, m.Topic)
			got(m)
		}
		s, err := inner(env)
		return leaking{s, &topics}, err
	}
	for seed := uint64(1); seed <= 300; seed++ {
		if o := swarm.Play(t, swarm.Client{Subject: f}, seed); o.Run.Broken != "" {
			if o.Run.Broken != "memory-bounded" {
				t.Errorf("seed %d: %s: %s", seed, o.Run.Broken, o.Run.Message)
			}
			t.Logf("seed %d: %s", seed, o.Run.Message)
			return
		}
	}
	t.Error("300 seeds do not find it")
}
