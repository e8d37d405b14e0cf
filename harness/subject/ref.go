package subject

import (
	"context"
	"errors"

	"umqtt/harness/spec"
	"umqtt/harness/subject/ref"
	"umqtt/harness/transport"
)

// Ref is the package ref as a subject: QoS 0 to 2, several messages in flight, and an asynchronous API. The caller
// connects again.
func Ref() Factory { return RefWith("ref", ref.Habits{}, RefFeatures()) }

// RefFeatures returns what the subject of package ref can do while it has no habits.
func RefFeatures() []spec.Feature {
	return []spec.Feature{
		spec.QoS1, spec.QoS2, spec.PersistentSession, spec.ManualReconnect, spec.KeepAlive, spec.ExplicitPing, spec.WithWill,
		spec.Credentials, spec.Unsubscribe, spec.NestedPublish, spec.NestedSubscribe, spec.Pipelining,
		spec.SetsClientID, spec.SetsKeepAlive, spec.ManyFilters, spec.UnaskedMessages, spec.SeveralInFlight,
		spec.LargePackets, spec.SendsDisconnect, spec.DisconnectInCallback, spec.Validates, spec.ReportsOutcome,
		spec.TellsSessionPresent, spec.TellsGranted, spec.ShowsMessageAgain, spec.ConcurrentCalls, spec.WallClock, spec.TLS, spec.WebSocket,
	}
}

// RefWith is the package ref as a subject with habits, under another name and with the features that it then has.
func RefWith(name string, habits ref.Habits, features []spec.Feature) Factory {
	return Factory{Name: name, Features: features, New: func(env Env) (Subject, error) {
		env = env.Layered(transport.Habits{})
		c := ref.New(ref.Config{
			Dial: env.Dial, Seed: env.Seed, Habits: habits,
			OnMessage: func(m ref.Message) {
				env.OnMessage(Message{Topic: m.Topic, Payload: string(m.Payload), QoS: int(m.QoS), Retain: m.Retain, Dup: m.Dup,
					Own: &Bytes{[]byte(m.Topic), m.Payload}})
			},
		})
		return &refSubject{c}, nil
	}}
}

type refSubject struct{ c *ref.Client }

func (s *refSubject) Connect(ctx context.Context, o Options) (bool, error) {
	opts := ref.Options{ClientID: o.ClientID, CleanSession: o.CleanSession, KeepAlive: o.KeepAlive, Username: o.Username}
	if o.Password != nil {
		opts.Password = []byte(*o.Password)
	}
	if o.Will != nil {
		w := refMessage(*o.Will)
		opts.Will = &w
	}
	present, err := s.c.Connect(ctx, opts)
	return present, classifyRef(err)
}

func refMessage(m Message) ref.Message {
	return ref.Message{Topic: m.Topic, Payload: []byte(m.Payload), QoS: byte(m.QoS), Retain: m.Retain}
}

func (s *refSubject) Publish(ctx context.Context, m Message, done func(error)) {
	s.c.Publish(ctx, refMessage(m), func(err error) { done(classifyRef(err)) })
}

func (s *refSubject) Subscribe(ctx context.Context, filters []Filter) ([]int, error) {
	fs := make([]ref.Filter, len(filters))
	for i, f := range filters {
		fs[i] = ref.Filter{Topic: f.Filter, QoS: byte(f.QoS)}
	}
	granted, err := s.c.Subscribe(ctx, fs...)
	return codes(granted), classifyRef(err)
}

func (s *refSubject) Unsubscribe(ctx context.Context, filters []string) error {
	return classifyRef(s.c.Unsubscribe(ctx, filters...))
}

func (s *refSubject) Ping(ctx context.Context) error { return classifyRef(s.c.Ping(ctx)) }

func (s *refSubject) Disconnect(ctx context.Context) error { return classifyRef(s.c.Disconnect(ctx)) }

func (s *refSubject) Abort() error {
	s.c.Abort()
	return nil
}

// Idle implements [Idler]: it waits until the connection is lost. The client works without it.
func (s *refSubject) Idle(ctx context.Context) error { return classifyRef(s.c.Lost(ctx)) }

// classifyRef gives an error of package ref its kind.
func classifyRef(err error) error {
	if err == nil {
		return nil
	}
	for _, k := range []struct {
		is   error
		kind Kind
	}{
		{ref.ErrPending, Pending}, {ref.ErrDropped, Dropped}, {ref.ErrInflight, Inflight}, {ref.ErrTimeout, Timeout}, {context.DeadlineExceeded, Timeout},
		{ref.ErrRefused, Refused}, {ref.ErrProtocol, Protocol}, {ref.ErrInvalid, Invalid}, {ref.ErrNetwork, Network}, {ref.ErrClosed, Closed},
	} {
		if errors.Is(err, k.is) {
			return &Error{k.kind, err}
		}
	}
	return &Error{Other, err}
}
