package subject

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"reflect"
	"sync"
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
			spec.SetsClientID, spec.SetsKeepAlive, spec.ManyFilters, spec.UnaskedMessages, spec.ReentrantCallback, spec.SeveralInFlight,
			spec.LargePackets, spec.SendsDisconnect, spec.DisconnectInCallback, spec.Validates, spec.ReportsOutcome,
			spec.TellsSessionPresent, spec.TellsGranted, spec.ShowsMessageAgain, spec.Pipelining, spec.Gathers, spec.SkipsOversize, spec.WallClock, spec.TLS,
			spec.WebSocket, spec.KeepsInStore,
		},
		New: func(env Env) (Subject, error) { return &robustSubject{env: env.overTLS()}, nil },
	}
}

type robustSubject struct {
	env     Env
	options Options
	c       *robust.Client
	posts   posts
	holds   bool // it gathers
	attempt attempt
	habits  Habits
}

// The waits between attempts: 1 s, 2 s, 4 s and so on up to 30 s, a fifth more or less by the seed.
var backoff = robust.Backoff{Initial: time.Second, Max: 30 * time.Second, Factor: 2, Jitter: 0.2}

func (s *robustSubject) Connect(ctx context.Context, o Options) (bool, error) {
	clean := o.CleanSession
	o.CleanSession = false
	if s.c == nil || !reflect.DeepEqual(o, s.options) {
		cfg := config(s.env, o)
		cfg.Dial = func(ctx context.Context) (net.Conn, error) {
			s.attempt.begin()
			if s.habits.Dialling != nil {
				s.habits.Dialling()
			}
			return s.env.Dial(ctx)
		}
		cfg.OnOutcome, s.posts.kept = s.posts.outcome, s.env.OnKept
		c, err := robust.New(s.habits.change(robust.Config{
			Config:        cfg,
			Policy:        robust.Forever(backoff),
			Rand:          rand.New(rand.NewPCG(s.env.Seed, 0)),
			OnAttempt:     s.attempt.end,
			CloseOversize: !o.SkipOversize,
		}))
		if err == nil && o.Will != nil {
			err = c.SetLastWill([]byte(o.Will.Topic), []byte(o.Will.Payload), byte(o.Will.QoS), o.Will.Retain)
		}
		if err != nil {
			return false, classify(err)
		}
		c.SetCallback(func(m client.Message) { s.env.OnMessage(fromClient(m)) })
		s.c, s.options = c, o
		s.posts.begin(c.Post)
	}
	present, err := s.c.Connect(ctx, clean)
	return present, classify(err)
}

func (s *robustSubject) Publish(ctx context.Context, m Message, done func(error)) {
	if s.c == nil {
		done(classify(client.ErrClosed))
		return
	}
	if s.env.Pipelined && m.QoS == 1 {
		s.posts.publish(ctx, m, done)
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

// Hold implements [Gatherer].
func (s *robustSubject) Hold() error {
	if s.c == nil {
		return classify(client.ErrClosed)
	}
	s.holds = true
	return classify(s.c.Hold())
}

// Flush implements [Gatherer].
func (s *robustSubject) Flush(ctx context.Context) error {
	if s.c == nil {
		return classify(client.ErrClosed)
	}
	s.holds = false
	return classify(s.c.Flush(ctx))
}

// Idle implements [Idler]: it waits for packets, one after another, across lost connections: with WaitMsg, or WaitAcks
// while it waits for outcomes, and every other time with WaitFor for a minute at most.
func (s *robustSubject) Idle(ctx context.Context) error {
	if s.holds {
		return gathering(ctx, s.c)
	}
	wait, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		if context.Cause(ctx) == ErrCall {
			s.attempt.after(cancel)
		} else {
			cancel()
		}
	})()
	for bounded := false; ; bounded = !bounded {
		s.posts.pump()
		var err error
		switch {
		case bounded:
			_, err = s.c.WaitFor(wait, time.Minute)
		case s.posts.outstanding():
			err = s.c.WaitAcks(wait)
		default:
			_, err = s.c.WaitMsg(wait)
		}
		if wait.Err() != nil {
			return nil
		}
		if err != nil && !stillOpen(err) {
			return classify(err)
		}
	}
}

// stillOpen reports whether an error of a wait is that an answer did not come in time: that to a subscription which was
// made anew, or a PUBACK. The connection goes on, and has to be served.
func stillOpen(err error) bool {
	state, ok := errors.AsType[*client.Error](err)
	return ok && state.Open && kindOf(err) == Timeout
}

// attempt knows whether the client is in the middle of an attempt to connect, from its dial to what it
// reports of it. A call that waits for its turn does not interrupt an attempt: in a program with one
// main loop there would be nobody to make that call yet.
type attempt struct {
	mu      sync.Mutex
	running bool
	then    func()
}

func (a *attempt) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running = true
}

func (a *attempt) end(robust.Attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running = false
	if a.then != nil {
		a.then()
		a.then = nil
	}
}

// after calls f once no attempt is running.
func (a *attempt) after(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running {
		a.then = f
	} else {
		f()
	}
}
