package peers

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/at-wat/mqtt-go"

	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// AtWat is the BaseClient of github.com/at-wat/mqtt-go as a subject, with the loop of its KeepAlive beside
// it: one connection, which the caller opens again. What was unacknowledged then is sent by the client's own
// ErrorWithRetry, one after another, before what is new.
//
// The same module's ReconnectClient connects again by itself, but its Publish and Subscribe return before
// anything has happened and nothing tells what becomes of it, so that the harness could judge none of its
// reports. The callback runs where packets are read, so it may not publish at QoS 1.
func AtWat() subject.Factory {
	return subject.Factory{
		Name: "at-wat",
		Features: []spec.Feature{
			spec.QoS1, spec.QoS2, spec.PersistentSession, spec.ManualReconnect, spec.KeepAlive, spec.ExplicitPing, spec.WithWill, spec.Credentials, spec.Unsubscribe,
			spec.NestedPublish, spec.Pipelining, spec.SetsClientID, spec.SetsKeepAlive, spec.ManyFilters, spec.UnaskedMessages, spec.SeveralInFlight,
			spec.LargePackets, spec.SendsDisconnect, spec.DisconnectInCallback, spec.ReportsOutcome, spec.TellsSessionPresent, spec.TellsGranted,
		},
		New: func(env subject.Env) (subject.Subject, error) {
			return &atWat{env: env, wake: make(chan struct{}, 1)}, nil
		},
	}
}

type atWat struct {
	env  subject.Env
	line *line
	c    *mqtt.BaseClient
	stop context.CancelFunc // of the goroutines beside c
	wg   sync.WaitGroup     // these goroutines

	clean  bool        // the session was a clean one, and ends with its connection
	inside atomic.Bool // the callback runs

	wake  chan struct{}
	mu    sync.Mutex
	queue []*outgoing // what is published and not done
}

// outgoing is a message on its way.
type outgoing struct {
	message *mqtt.Message
	retry   func(context.Context, *mqtt.BaseClient) error // after a lost connection
	done    func(error)
	on      *mqtt.BaseClient // where it was sent last
}

func (s *atWat) Connect(ctx context.Context, o subject.Options) (bool, error) {
	s.drop()
	if s.clean || o.CleanSession {
		s.giveUp()
	}
	s.clean = o.CleanSession
	s.line = newLine(s.env)
	conn, err := s.line.open()
	if err != nil {
		return false, &subject.Error{Kind: subject.Network, Err: err}
	}
	sent := make(chan struct{}, 1)
	c := &mqtt.BaseClient{Transport: watched{conn, sent}}
	c.Handle(mqtt.HandlerFunc(func(m *mqtt.Message) {
		s.inside.Store(true)
		defer s.inside.Store(false)
		s.env.OnMessage(subject.Message{Topic: m.Topic, Payload: string(m.Payload), QoS: int(m.QoS), Retain: m.Retain, Dup: m.Dup})
	}))
	limited, cancel := context.WithTimeout(ctx, atWatPatience)
	present, err := c.Connect(limited, o.ClientID, atWatOptions(o)...)
	cancel()
	s.c = c
	if err != nil {
		s.drop()
		return false, atWatError(err)
	}
	live, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.wg.Go(func() { s.publish(live, c, sent) })
	if o.KeepAlive > 0 {
		s.wg.Go(func() { keepAlive(live, c, o.KeepAlive) })
	}
	return present, nil
}

// keepAlive does what the client's own KeepAlive does, and closes the connection as its documentation
// shows. Its own waits for its ticker whatever happens, so that its goroutine outlives the connection by up
// to a keep alive; the harness would say so of every scenario, and of nothing else.
func keepAlive(live context.Context, c *mqtt.BaseClient, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-live.Done():
			return
		}
		limited, cancel := context.WithTimeout(live, interval)
		err := c.Ping(limited)
		cancel()
		if err != nil {
			c.Close()
			return
		}
	}
}

// atWatPatience is how long Connect and the acknowledgements are waited for. The client itself waits for as
// long as its context lets it.
const atWatPatience = 30 * time.Second

func atWatOptions(o subject.Options) []mqtt.ConnectOption {
	opts := []mqtt.ConnectOption{mqtt.WithCleanSession(o.CleanSession), mqtt.WithKeepAlive(uint16(o.KeepAlive / time.Second))}
	if o.Username != nil || o.Password != nil {
		var user, password string
		if o.Username != nil {
			user = *o.Username
		}
		if o.Password != nil {
			password = *o.Password
		}
		opts = append(opts, mqtt.WithUserNamePassword(user, password))
	}
	if w := o.Will; w != nil {
		opts = append(opts, mqtt.WithWill(&mqtt.Message{Topic: w.Topic, Payload: []byte(w.Payload), QoS: mqtt.QoS(w.QoS), Retain: w.Retain}))
	}
	return opts
}

func (s *atWat) Publish(_ context.Context, m subject.Message, done func(error)) {
	if s.c == nil {
		done(atWatError(mqtt.ErrNotConnected))
		return
	}
	out := &outgoing{
		message: &mqtt.Message{Topic: m.Topic, Payload: []byte(m.Payload), QoS: mqtt.QoS(m.QoS), Retain: m.Retain},
		done:    done,
	}
	s.mu.Lock()
	s.queue = append(s.queue, out)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// publish sends what is queued, in order, until the connection is lost or dropped. Each message has a goroutine, as
// the client's Publish returns with the acknowledgement; the next one waits until the packet of the one before was
// written.
func (s *atWat) publish(live context.Context, c *mqtt.BaseClient, sent <-chan struct{}) {
	for {
		out := s.next(c)
		if out == nil {
			select {
			case <-s.wake:
				continue
			case <-live.Done():
				return
			}
		}
		ended := make(chan struct{})
		s.wg.Go(func() {
			defer close(ended)
			s.exchange(live, c, out)
		})
		select {
		case <-sent:
		case <-ended:
			select {
			case <-sent:
			default: // nothing was written
			}
		}
	}
}

// next returns the first message that was not yet sent to the client, nil if there is none.
func (s *atWat) next(c *mqtt.BaseClient) *outgoing {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, out := range s.queue {
		if out.on != c {
			out.on = c
			return out
		}
	}
	return nil
}

// exchange publishes a message, or goes on with it after a lost connection.
func (s *atWat) exchange(live context.Context, c *mqtt.BaseClient, out *outgoing) {
	attempt := out.retry
	if attempt == nil {
		attempt = func(ctx context.Context, c *mqtt.BaseClient) error { return c.Publish(ctx, out.message) }
	}
	err := attempt(live, c)
	var again mqtt.ErrorWithRetry
	if errors.As(err, &again) {
		out.retry = again.Retry
		return
	}
	s.mu.Lock()
	i := slices.Index(s.queue, out)
	if i >= 0 {
		s.queue = slices.Delete(s.queue, i, i+1)
	}
	s.mu.Unlock()
	if i >= 0 {
		out.done(atWatError(err))
	}
}

// watched tells when the client has written what begins an exchange of a message.
type watched struct {
	net.Conn
	sent chan<- struct{}
}

// Write writes one packet, as the client calls it.
func (w watched) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	const publish, pubrel = 0x30, 0x60
	if kind := b[0] & 0xf0; kind == publish || kind == pubrel {
		select {
		case w.sent <- struct{}{}:
		default:
		}
	}
	return n, err
}

// giveUp ends what is unacknowledged when its session ends.
func (s *atWat) giveUp() {
	s.mu.Lock()
	queue := s.queue
	s.queue = nil
	s.mu.Unlock()
	for _, out := range queue {
		out.done(&subject.Error{Kind: subject.Dropped, Err: errors.New("the session was given up with the message in flight")})
	}
}

func (s *atWat) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	if s.c == nil {
		return nil, atWatError(mqtt.ErrNotConnected)
	}
	subs, err := s.c.Subscribe(ctx, atWatSubscriptions(filters)...)
	if err != nil {
		return nil, atWatError(err)
	}
	granted := make([]int, len(subs))
	for i, sub := range subs {
		granted[i] = int(sub.QoS)
	}
	return granted, nil
}

func atWatSubscriptions(filters []subject.Filter) []mqtt.Subscription {
	subs := make([]mqtt.Subscription, len(filters))
	for i, f := range filters {
		subs[i] = mqtt.Subscription{Topic: f.Filter, QoS: mqtt.QoS(f.QoS)}
	}
	return subs
}

func (s *atWat) Unsubscribe(ctx context.Context, filters []string) error {
	if s.c == nil {
		return atWatError(mqtt.ErrNotConnected)
	}
	return atWatError(s.c.Unsubscribe(ctx, filters...))
}

func (s *atWat) Ping(ctx context.Context) error {
	if s.c == nil {
		return atWatError(mqtt.ErrNotConnected)
	}
	return atWatError(s.c.Ping(ctx))
}

func (s *atWat) Disconnect(ctx context.Context) error {
	if s.c == nil {
		return atWatError(mqtt.ErrNotConnected)
	}
	err := s.c.Disconnect(ctx)
	s.drop()
	return atWatError(err)
}

func (s *atWat) Abort() error {
	s.drop()
	return nil
}

// drop closes the connection, if there is one, and waits for the goroutines that serve it, unless one of
// them makes the call.
func (s *atWat) drop() {
	if s.c == nil {
		return
	}
	s.line.shut()
	inside := s.inside.Load()
	if done := s.c.Done(); done != nil && !inside { // nil: Connect has refused its options, and begun nothing
		<-done
	}
	if s.stop != nil {
		s.stop()
		if !inside {
			s.wg.Wait()
		}
		s.stop = nil
	}
	s.c = nil
}

// atWatError gives an error of the client its kind.
func atWatError(err error) error {
	if err == nil {
		return nil
	}
	kind := subject.Other
	var refused *mqtt.ConnectionError
	switch {
	case errors.As(err, &refused):
		kind = subject.Refused
	case errors.Is(err, mqtt.ErrNotConnected):
		kind = subject.Closed
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		kind = subject.Timeout
	case errors.Is(err, mqtt.ErrInvalidQoS), errors.Is(err, mqtt.ErrPayloadLenExceeded):
		kind = subject.Invalid
	case errors.Is(err, mqtt.ErrInvalidSubAck), errors.Is(err, mqtt.ErrInvalidPacket), errors.Is(err, mqtt.ErrInvalidPacketLength):
		kind = subject.Protocol
	case errors.Is(err, mqtt.ErrClosedTransport):
		kind = subject.Network
	}
	return &subject.Error{Kind: kind, Err: err}
}
