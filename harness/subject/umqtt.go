package subject

import (
	"context"
	"errors"
	"time"

	"umqtt/harness/spec"
	"umqtt/harness/subject/umqtt"
)

// UmqttAsItIs is the package umqtt as a subject: a client with the faults that upstream's users meet. It is not among
// the subjects that [Builtin] returns. Its features are what its documentation lets a user count on, not what it does.
func UmqttAsItIs() Factory {
	return Factory{
		Name: "umqtt-as-it-is",
		Features: []spec.Feature{
			spec.QoS1, spec.PersistentSession, spec.AutoReconnect, spec.Resubscribe, spec.KeepAlive, spec.ExplicitPing, spec.WithWill,
			spec.Credentials, spec.Unsubscribe, spec.NestedPublish, spec.NestedSubscribe, spec.SetsClientID, spec.SetsKeepAlive,
			spec.UnaskedMessages, spec.ReentrantCallback, spec.SeveralInFlight, spec.SendsDisconnect, spec.ReportsOutcome,
			spec.TellsSessionPresent,
		},
		New: func(env Env) (Subject, error) {
			c := umqtt.New(umqtt.Config{Dial: env.Dial, OnMessage: func(m umqtt.Message) {
				env.OnMessage(Message{Topic: m.Topic, Payload: m.Payload, Untold: Fields{QoS: true, Retain: true, Dup: true}})
			}})
			return &umqttSubject{c}, nil
		},
	}
}

type umqttSubject struct{ c *umqtt.Client }

func (s *umqttSubject) Connect(ctx context.Context, o Options) (bool, error) {
	opts := umqtt.Options{ClientID: o.ClientID, Clean: o.CleanSession, KeepAlive: uint16(o.KeepAlive.Seconds()), Username: o.Username, Password: o.Password}
	if o.Will != nil {
		w := umqttMessage(*o.Will)
		opts.Will = &w
	}
	present, err := s.c.Connect(ctx, opts)
	return present, classifyUmqtt(err)
}

func umqttMessage(m Message) umqtt.Message {
	return umqtt.Message{Topic: m.Topic, Payload: m.Payload, QoS: byte(m.QoS), Retain: m.Retain}
}

func (s *umqttSubject) Publish(ctx context.Context, m Message, done func(error)) {
	done(classifyUmqtt(s.c.Publish(ctx, umqttMessage(m))))
}

// Subscribe subscribes to one filter after another. The API does not tell what was granted.
func (s *umqttSubject) Subscribe(ctx context.Context, filters []Filter) ([]int, error) {
	for _, f := range filters {
		if err := s.c.Subscribe(ctx, f.Filter, byte(f.QoS)); err != nil {
			return nil, classifyUmqtt(err)
		}
	}
	return nil, nil
}

func (s *umqttSubject) Unsubscribe(ctx context.Context, filters []string) error {
	for _, f := range filters {
		if err := s.c.Unsubscribe(ctx, f); err != nil {
			return classifyUmqtt(err)
		}
	}
	return nil
}

func (s *umqttSubject) Ping(context.Context) error { return classifyUmqtt(s.c.Ping()) }

func (s *umqttSubject) Disconnect(context.Context) error { return classifyUmqtt(s.c.Disconnect()) }

func (s *umqttSubject) Abort() error {
	s.c.Close()
	return nil
}

// Idle implements [Idler]: the main loop of a program, which waits for one packet after another. It does not end within
// one, whatever call waits for its turn.
func (s *umqttSubject) Idle(ctx context.Context) error {
	rest, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		if context.Cause(ctx) != ErrCall {
			cancel()
			return
		}
		select {
		case <-time.After(hang):
			cancel()
		case <-rest.Done():
		}
	})
	defer stop()
	for ctx.Err() == nil {
		if err := s.c.Wait(ctx, rest); err != nil && ctx.Err() == nil {
			return classifyUmqtt(err)
		}
	}
	return nil
}

// hang is how long a call waits for the main loop before the program is ended: longer than any step waits by itself.
const hang = 30 * time.Second

// classifyUmqtt gives an exception its kind: a program can tell OSError from the others.
func classifyUmqtt(err error) error {
	if err == nil {
		return nil
	}
	kind := Other
	var e *umqtt.Exception
	if errors.As(err, &e) {
		switch e.Class {
		case "OSError":
			kind = Network
		case "MQTTException":
			kind = Refused
		}
	}
	return &Error{kind, err}
}
