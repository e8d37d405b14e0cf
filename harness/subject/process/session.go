package process

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/transport"
)

// simpleRequest has no fields of its own.
type simpleRequest struct{ head }

// A session is a process as the subject of one scenario.
type session struct {
	*conn
	program *Program
	host    string
	port    int
	target  transport.Target
	auto    bool // the client connects again by itself
	piped   bool // the scenario needs pipelining

	lifeMu sync.Mutex
	life   context.Context // of the scenario, from the first call on
	said   string          // what Notes returns, once closed
}

func (s *session) init(env subject.Env) error {
	host, port, err := net.SplitHostPort(env.Addr)
	if err != nil {
		return fmt.Errorf("the client dials by itself and plays in the real world only: %w", err)
	}
	s.host, s.piped, s.target = host, env.Pipelined, env.Target
	s.port, err = strconv.Atoi(port)
	for _, f := range s.hello.Features {
		s.auto = s.auto || f == spec.AutoReconnect
	}
	return err
}

// Connect implements [subject.Subject].
func (s *session) Connect(ctx context.Context, o subject.Options) (bool, error) {
	s.lifeMu.Lock()
	s.life = ctx
	s.lifeMu.Unlock()
	select {
	case <-s.lost: // of the connection before
	default:
	}
	r := newConnectRequest(s.host, s.port, s.target, o, s.piped)
	answer, err := s.call(ctx, "connect", r, &r.head, nil)
	if err != nil {
		return false, err
	}
	return answer.SessionPresent != nil && *answer.SessionPresent, answer.err()
}

// newConnectRequest returns the request that connects with some options.
func newConnectRequest(host string, port int, t transport.Target, o subject.Options, pipelined bool) *connectRequest {
	r := &connectRequest{
		Host: host, Port: port, ClientID: raw(o.ClientID), CleanSession: o.CleanSession, KeepAlive: int64(o.KeepAlive.Seconds()),
		Username: nullable(o.Username), Password: nullable(o.Password),
		Pipelined: pipelined, Transport: string(cmp.Or(t.Kind, transport.TCP)), Path: t.Path,
		Limits: limits{o.AckTimeout.Milliseconds(), o.RetryAfter.Milliseconds(), o.MaxDepth, o.MaxInflight, o.MaxPacket, o.SkipOversize},
	}
	if w := o.Will; w != nil {
		r.Will = &will{raw(w.Topic), raw(w.Payload), w.QoS, w.Retain}
	}
	if t.Kind == transport.TLS {
		r.TLS = &tls{t.CAFile, t.ServerName}
	}
	return r
}

// Publish implements [subject.Subject].
func (s *session) Publish(ctx context.Context, m subject.Message, done func(error)) {
	r := &publishRequest{will: will{raw(m.Topic), raw(m.Payload), m.QoS, m.Retain}}
	answer, err := s.call(ctx, "publish", r, &r.head, func(err error) {
		if ctx.Err() == nil {
			done(err)
		}
	})
	switch {
	case err != nil:
		done(err)
	case !answer.Pending:
		done(answer.err())
	}
}

// Subscribe implements [subject.Subject].
func (s *session) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	r := newSubscribeRequest(filters)
	answer, err := s.call(ctx, "subscribe", r, &r.head, nil)
	if err != nil {
		return nil, err
	}
	if answer.Granted == nil {
		return nil, answer.err()
	}
	return *answer.Granted, answer.err()
}

// newSubscribeRequest returns a request whose list is never null, also where it is empty.
func newSubscribeRequest(filters []subject.Filter) *subscribeRequest {
	r := &subscribeRequest{Filters: []filter{}}
	for _, f := range filters {
		r.Filters = append(r.Filters, filter{raw(f.Filter), f.QoS})
	}
	return r
}

// newUnsubscribeRequest returns a request whose list is never null, also where it is empty.
func newUnsubscribeRequest(filters []string) *unsubscribeRequest {
	r := &unsubscribeRequest{Filters: []raw{}}
	for _, f := range filters {
		r.Filters = append(r.Filters, raw(f))
	}
	return r
}

// Unsubscribe implements [subject.Subject].
func (s *session) Unsubscribe(ctx context.Context, filters []string) error {
	r := newUnsubscribeRequest(filters)
	return s.simple(ctx, "unsubscribe", r, &r.head)
}

// simple makes a request whose answer is success or an error.
func (s *session) simple(ctx context.Context, op string, r any, h *head) error {
	answer, err := s.call(ctx, op, r, h, nil)
	if err != nil {
		return err
	}
	return answer.err()
}

// Ping implements [subject.Subject].
func (s *session) Ping(ctx context.Context) error {
	r := &simpleRequest{}
	return s.simple(ctx, "ping", r, &r.head)
}

// Disconnect implements [subject.Subject].
func (s *session) Disconnect(ctx context.Context) error {
	r := &simpleRequest{}
	return s.simple(ctx, "disconnect", r, &r.head)
}

// Hold implements [subject.Gatherer].
func (s *session) Hold() error {
	r := &simpleRequest{}
	return s.simple(s.alive(), "hold", r, &r.head)
}

// Flush implements [subject.Gatherer].
func (s *session) Flush(ctx context.Context) error {
	r := &simpleRequest{}
	return s.simple(ctx, "flush", r, &r.head)
}

// Abort implements [subject.Subject].
func (s *session) Abort() error { return s.AbortContext(s.alive()) }

// AbortContext implements [subject.ContextAborter].
func (s *session) AbortContext(ctx context.Context) error {
	r := &simpleRequest{}
	return s.simple(ctx, "abort", r, &r.head)
}

// alive returns the context of the scenario.
func (s *session) alive() context.Context {
	s.lifeMu.Lock()
	defer s.lifeMu.Unlock()
	if s.life == nil {
		return context.Background()
	}
	return s.life
}

// Idle implements [subject.Idler]. A client that works by itself is left alone until it tells that its connection
// is lost.
func (s *session) Idle(ctx context.Context) error {
	if !s.hello.Idle {
		return s.awaitLoss(ctx)
	}
	// Another call that waits for its turn waits for the answer as well, and so does the end of the scenario for a
	// while: a process that owes an answer cannot be used again.
	asked, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(s.alive(), func() { time.AfterFunc(s.cfg.Limits.Exit, cancel) })()
	for ctx.Err() == nil {
		r := &idleRequest{For: idleFor}
		if err := s.simple(asked, "idle", r, &r.head); err != nil {
			return err
		}
	}
	return nil
}

// idleFor is how long a client serves its connection for one request, in milliseconds.
const idleFor = 20

func (s *session) awaitLoss(ctx context.Context) error {
	lost := s.lost
	if s.auto {
		lost = nil // it connects again by itself
	}
	select {
	case err := <-lost:
		return err
	case <-s.dead:
		return &subject.Error{Kind: subject.Closed, Err: s.failed}
	case <-ctx.Done():
		return nil
	}
}

// Close implements [subject.Closer].
func (s *session) Close() {
	owed := s.unanswered()
	s.mu.Lock()
	notes := slices.Clone(s.notes)
	s.mu.Unlock()
	if len(owed) > 0 {
		notes = append(notes, "it had yet to answer: "+strings.Join(owed, ", "))
	}
	stderr := s.child.Stderr()
	if kept := s.program.give(s.conn); !kept {
		stderr = s.child.Stderr() // whole by now
	}
	s.said = lastWords(notes, stderr)
}

// Notes implements [subject.Noter].
func (s *session) Notes() string { return s.said }
