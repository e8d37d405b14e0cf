package subject

import (
	"context"
	"errors"
	"reflect"
	"time"

	"umqtt/client"
	"umqtt/harness/spec"
	"umqtt/harness/transport"
)

// Simple is the package client as a subject: one connection, which the caller opens again.
func Simple() Factory {
	return Factory{
		Name: "simple",
		Features: []spec.Feature{
			spec.QoS1, spec.PersistentSession, spec.ManualReconnect, spec.KeepAlive, spec.ExplicitPing, spec.WithWill,
			spec.Credentials, spec.Unsubscribe, spec.NestedPublish, spec.NestedSubscribe, spec.DepthLimit, spec.OwnLimits,
			spec.SetsClientID, spec.SetsKeepAlive, spec.ManyFilters, spec.UnaskedMessages, spec.ReentrantCallback, spec.SeveralInFlight,
			spec.LargePackets, spec.SendsDisconnect, spec.DisconnectInCallback, spec.Validates, spec.ReportsOutcome,
			spec.TellsSessionPresent, spec.TellsGranted, spec.ShowsMessageAgain, spec.Pipelining, spec.Gathers, spec.SkipsOversize, spec.WallClock, spec.TLS,
			spec.WebSocket, spec.KeepsInStore,
		},
		New: func(env Env) (Subject, error) { return &simple{env: env.overTLS()}, nil },
	}
}

type simple struct {
	env     Env
	options Options
	c       *client.Client
	posts   posts
	holds   bool // it gathers
}

func (s *simple) Connect(ctx context.Context, o Options) (bool, error) {
	clean := o.CleanSession
	o.CleanSession = false
	if s.c == nil || !reflect.DeepEqual(o, s.options) {
		cfg := config(s.env, o)
		cfg.OnOutcome, s.posts.kept = s.posts.outcome, s.env.OnKept
		c, err := client.New(cfg)
		if err == nil && o.Will != nil {
			err = c.SetLastWill([]byte(o.Will.Topic), []byte(o.Will.Payload), byte(o.Will.QoS), o.Will.Retain)
		}
		if err != nil {
			return false, classify(err)
		}
		c.SetCallback(s.message)
		s.c, s.options = c, o
		s.posts.begin(c.Post)
	}
	present, err := s.c.Connect(ctx, clean)
	return present, classify(err)
}

// overTLS returns an environment in which at most TLS is left for the client to speak, which it does by itself.
func (e Env) overTLS() Env {
	if e.Target.Kind == transport.TLS {
		return e
	}
	return e.Layered(transport.Habits{})
}

// config turns the harness's options into the client's.
func config(env Env, o Options) client.Config {
	cfg := client.Config{
		Dial: env.Dial, Store: env.Store, ClientID: o.ClientID, KeepAlive: o.KeepAlive, Username: o.Username,
		AckTimeout: o.AckTimeout, MaxDepth: o.MaxDepth, MaxInflight: o.MaxInflight, MaxPacket: o.MaxPacket, RetryAfter: o.RetryAfter,
	}
	if env.Target.Kind == transport.TLS {
		cfg.TLS = env.Target.Config()
	}
	if o.SkipOversize {
		cfg.OnOversize = client.OversizeSkip
	}
	if o.Password != nil {
		cfg.Password = []byte(*o.Password)
	}
	return cfg
}

func (s *simple) message(m client.Message) { s.env.OnMessage(fromClient(m)) }

func fromClient(m client.Message) Message {
	return Message{Topic: string(m.Topic), Payload: string(m.Payload), QoS: int(m.QoS), Retain: m.Retain, Dup: m.Dup,
		Own: &Bytes{m.Topic, m.Payload}}
}

func (s *simple) Publish(ctx context.Context, m Message, done func(error)) {
	if s.c == nil {
		done(classify(client.ErrClosed))
		return
	}
	if s.env.Pipelined && m.QoS == 1 {
		s.posts.publish(ctx, m, done)
		return
	}
	err := s.c.Publish(ctx, []byte(m.Topic), []byte(m.Payload), byte(m.QoS), m.Retain)
	var pending *client.PendingError
	var state *client.Error
	if errors.As(err, &pending) && errors.As(err, &state) && !state.Open {
		s.posts.open[pending.PacketID] = done // its call has ended with the connection, the message stays in flight
		return
	}
	done(classify(err))
}

func (s *simple) Subscribe(ctx context.Context, filters []Filter) ([]int, error) {
	if s.c == nil {
		return nil, classify(client.ErrClosed)
	}
	granted, err := s.c.Subscribe(ctx, clientFilters(filters)...)
	return codes(granted), classify(err)
}

func clientFilters(filters []Filter) []client.Filter {
	fs := make([]client.Filter, len(filters))
	for i, f := range filters {
		fs[i] = client.Filter{Topic: []byte(f.Filter), QoS: byte(f.QoS)}
	}
	return fs
}

func codes(granted []byte) []int {
	is := make([]int, len(granted))
	for i, g := range granted {
		is[i] = int(g)
	}
	return is
}

func (s *simple) Unsubscribe(ctx context.Context, filters []string) error {
	if s.c == nil {
		return classify(client.ErrClosed)
	}
	return classify(s.c.Unsubscribe(ctx, bytesOf(filters)...))
}

func bytesOf(texts []string) [][]byte {
	bs := make([][]byte, len(texts))
	for i, t := range texts {
		bs[i] = []byte(t)
	}
	return bs
}

func (s *simple) Ping(context.Context) error {
	if s.c == nil {
		return classify(client.ErrClosed)
	}
	return classify(s.c.Ping())
}

func (s *simple) Disconnect(context.Context) error {
	if s.c == nil {
		return classify(client.ErrClosed)
	}
	return classify(s.c.Disconnect())
}

func (s *simple) Abort() error {
	if s.c == nil {
		return nil
	}
	return classify(s.c.Close())
}

// Hold implements [Gatherer].
func (s *simple) Hold() error {
	if s.c == nil {
		return classify(client.ErrClosed)
	}
	s.holds = true
	return classify(s.c.Hold())
}

// Flush implements [Gatherer].
func (s *simple) Flush(ctx context.Context) error {
	if s.c == nil {
		return classify(client.ErrClosed)
	}
	s.holds = false
	return classify(s.c.Flush(ctx))
}

// Idle implements [Idler]: it deals with packets, one after another, as a main loop with other work does. It takes up
// what has arrived with CheckMsg, and then waits with WaitFor until NextDue.
func (s *simple) Idle(ctx context.Context) error {
	if s.holds {
		return gathering(ctx, s.c)
	}
	for acks := true; ; acks = !acks {
		s.posts.pump()
		if ctx.Err() != nil {
			return nil
		}
		kind, err := s.c.CheckMsg()
		switch {
		case err != nil || kind != client.KindNone:
		case acks && s.posts.outstanding():
			err = s.c.WaitAcks(ctx)
		default:
			_, err = s.c.WaitFor(ctx, s.rest())
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !stillOpen(err) {
			return classify(err)
		}
	}
}

// rest is how long the client may be left alone.
func (s *simple) rest() time.Duration {
	if due := s.c.NextDue(); !due.IsZero() {
		return time.Until(due)
	}
	return time.Hour
}
