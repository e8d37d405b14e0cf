package subject

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/spec"
)

// Robust is the package robust as a subject: it connects again by itself, for ever.
func Robust() Factory {
	return Factory{
		Name: "robust",
		Features: []spec.Feature{
			spec.QoS1, spec.PersistentSession, spec.AutoReconnect, spec.Resubscribe, spec.KeepAlive, spec.ExplicitPing, spec.WithWill,
			spec.Credentials, spec.Unsubscribe, spec.NestedPublish, spec.NestedSubscribe, spec.DepthLimit, spec.OwnLimits,
		},
		New: func(env Env) (Subject, error) { return &robustSubject{env: env}, nil },
	}
}

type robustSubject struct {
	env     Env
	options Options
	c       *robust.Client
}

// The waits between attempts: 1 s, 2 s, 4 s and so on up to 30 s, a fifth more or less by the seed.
var backoff = robust.Backoff{Initial: time.Second, Max: 30 * time.Second, Factor: 2, Jitter: 0.2}

func (s *robustSubject) Connect(ctx context.Context, o Options) (bool, error) {
	if s.c == nil || !reflect.DeepEqual(o, s.options) {
		c, err := robust.New(robust.Config{
			Config: config(s.env, o),
			Policy: robust.Forever(backoff),
			Rand:   rand.New(rand.NewPCG(s.env.Seed, 0)),
		})
		if err == nil && o.Will != nil {
			err = c.SetLastWill([]byte(o.Will.Topic), []byte(o.Will.Payload), byte(o.Will.QoS), o.Will.Retain)
		}
		if err != nil {
			return false, classify(err)
		}
		c.SetCallback(func(m client.Message) { s.env.OnMessage(fromClient(m)) })
		s.c, s.options = c, o
	}
	present, err := s.c.Connect(ctx, o.CleanSession)
	var dropped *client.DroppedError
	if errors.As(err, &dropped) {
		err = dropped.Err
	}
	return present, classify(err)
}

func (s *robustSubject) Publish(ctx context.Context, m Message, done func(error)) {
	if s.c == nil {
		done(classify(client.ErrClosed))
		return
	}
	done(classify(s.c.Publish(ctx, []byte(m.Topic), []byte(m.Payload), byte(m.QoS), m.Retain)))
}

func (s *robustSubject) Subscribe(ctx context.Context, filters []Filter) ([]int, error) {
	if s.c == nil {
		return nil, classify(client.ErrClosed)
	}
	granted, err := s.c.Subscribe(ctx, clientFilters(filters)...)
	return codes(granted), classify(err)
}

func (s *robustSubject) Unsubscribe(ctx context.Context, filters []string) error {
	if s.c == nil {
		return classify(client.ErrClosed)
	}
	return classify(s.c.Unsubscribe(ctx, bytesOf(filters)...))
}

func (s *robustSubject) Ping(ctx context.Context) error {
	if s.c == nil {
		return classify(client.ErrClosed)
	}
	return classify(s.c.Ping(ctx))
}

func (s *robustSubject) Disconnect(context.Context) error {
	if s.c == nil {
		return classify(client.ErrClosed)
	}
	return classify(s.c.Disconnect())
}

func (s *robustSubject) Abort() error {
	if s.c == nil {
		return nil
	}
	return classify(s.c.Close())
}

// Idle implements [Idler]: it waits for packets, one after another, across lost connections. What
// WaitMsg only reports, while it stays able to connect, does not end it.
func (s *robustSubject) Idle(ctx context.Context) error {
	var last error
	for {
		_, err := s.c.WaitMsg(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, client.ErrClosed) && last != nil:
			return classify(last)
		case errors.Is(err, client.ErrClosed):
			return classify(err)
		}
		last = err
	}
}
