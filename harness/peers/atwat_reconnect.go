package peers

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/at-wat/mqtt-go"

	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// AtWatReconnect is the ReconnectClient of github.com/at-wat/mqtt-go as a subject: it connects again by itself,
// subscribes again where the server has lost the session, and sends again what was not acknowledged.
//
// Its Publish, Subscribe and Unsubscribe put the request into a queue and return nil; nothing tells later what came
// of it. One request after another is sent and acknowledged. A client that was disconnected cannot be connected
// again, so that its session ends with it.
func AtWatReconnect() subject.Factory {
	return subject.Factory{
		Name: "at-wat-reconnect",
		Features: []spec.Feature{
			spec.QoS1, spec.QoS2, spec.PersistentSession, spec.AutoReconnect, spec.Resubscribe, spec.KeepAlive, spec.ExplicitPing, spec.WithWill,
			spec.Credentials, spec.Unsubscribe, spec.NestedPublish, spec.NestedSubscribe, spec.SetsClientID, spec.SetsKeepAlive, spec.ManyFilters,
			spec.UnaskedMessages, spec.LargePackets, spec.SendsDisconnect, spec.TellsSessionPresent,
		},
		New: func(env subject.Env) (subject.Subject, error) { return &atWatReconnect{env: env}, nil },
	}
}

// atWatLongestWait bounds the backoff of the ReconnectClient.
const atWatLongestWait = 4 * time.Second

type atWatReconnect struct {
	env    subject.Env
	c      mqtt.ReconnectClient
	retry  *mqtt.RetryClient // within c
	line   *line
	live   context.Context // of c
	cancel context.CancelFunc
	wg     sync.WaitGroup // the goroutines of the keep alive
	inside atomic.Bool    // the callback runs
}

func (s *atWatReconnect) Connect(ctx context.Context, o subject.Options) (bool, error) {
	s.drop()
	s.line, s.retry = newLine(s.env), &mqtt.RetryClient{}
	s.live, s.cancel = context.WithCancel(context.Background())
	c, err := mqtt.NewReconnectClient(mqtt.DialerFunc(s.dialer(o.KeepAlive)),
		mqtt.WithRetryClient(s.retry), mqtt.WithReconnectWait(time.Second, atWatLongestWait), mqtt.WithTimeout(atWatPatience),
		mqtt.WithPingInterval(-1)) // see keepAlive
	if err != nil {
		return false, err
	}
	c.Handle(mqtt.HandlerFunc(func(m *mqtt.Message) {
		s.inside.Store(true)
		defer s.inside.Store(false)
		s.env.OnMessage(subject.Message{Topic: m.Topic, Payload: string(m.Payload), QoS: int(m.QoS), Retain: m.Retain, Dup: m.Dup})
	}))
	s.c = c
	first, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.live, cancel)
	defer stop()
	present, err := c.Connect(first, o.ClientID, atWatOptions(o)...)
	return present, atWatError(err)
}

// dialer dials, and serves the keep alive of what is connected.
func (s *atWatReconnect) dialer(interval time.Duration) func(context.Context) (*mqtt.BaseClient, error) {
	line, live := s.line, s.live
	return func(context.Context) (*mqtt.BaseClient, error) {
		conn, err := line.open()
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithCancel(live)
		c := &mqtt.BaseClient{Transport: conn}
		c.ConnState = func(state mqtt.ConnState, _ error) {
			switch {
			case state == mqtt.StateClosed || state == mqtt.StateDisconnected:
				cancel()
			case state == mqtt.StateActive && interval > 0:
				s.wg.Go(func() { keepAlive(ctx, c, interval) })
			}
		}
		return c, nil
	}
}

func (s *atWatReconnect) Publish(ctx context.Context, m subject.Message, done func(error)) {
	if s.c == nil {
		done(atWatError(mqtt.ErrNotConnected))
		return
	}
	err := s.c.Publish(ctx, &mqtt.Message{Topic: m.Topic, Payload: []byte(m.Payload), QoS: mqtt.QoS(m.QoS), Retain: m.Retain})
	if err != nil {
		done(atWatError(err))
	}
}

func (s *atWatReconnect) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	if s.c == nil {
		return nil, atWatError(mqtt.ErrNotConnected)
	}
	_, err := s.c.Subscribe(ctx, atWatSubscriptions(filters)...)
	return nil, atWatError(err)
}

func (s *atWatReconnect) Unsubscribe(ctx context.Context, filters []string) error {
	if s.c == nil {
		return atWatError(mqtt.ErrNotConnected)
	}
	return atWatError(s.c.Unsubscribe(ctx, filters...))
}

func (s *atWatReconnect) Ping(ctx context.Context) error {
	if s.c == nil {
		return atWatError(mqtt.ErrNotConnected)
	}
	return atWatError(s.c.Ping(ctx))
}

// Disconnect returns when the connection has ended: the client's own returns while its DISCONNECT is in the queue.
func (s *atWatReconnect) Disconnect(ctx context.Context) error {
	if s.c == nil || s.retry.Client() == nil {
		return atWatError(mqtt.ErrNotConnected)
	}
	err := s.c.Disconnect(ctx)
	s.c = nil
	select {
	case <-s.retry.Client().Done():
	case <-time.After(time.Second):
	}
	s.end()
	return atWatError(err)
}

func (s *atWatReconnect) Abort() error {
	s.drop()
	return nil
}

// drop ends the client without a DISCONNECT.
func (s *atWatReconnect) drop() {
	if s.c == nil {
		return
	}
	c := s.c
	s.c = nil
	s.line.shut()
	s.cancel()
	if s.retry.Client() == nil { // it has never dialled; its Disconnect would close a nil channel
		return
	}
	if s.inside.Load() {
		go func() { _ = c.Disconnect(context.Background()) }()
	} else {
		_ = c.Disconnect(context.Background())
	}
	s.end()
}

// end ends the goroutines that remain after the client's Disconnect. The one that works off its queue waits for a
// connection before it looks whether it is to end: one that fails at once lets it go on.
func (s *atWatReconnect) end() {
	s.line.shut()
	s.cancel()
	dead, other := net.Pipe()
	dead.Close()
	other.Close()
	s.retry.SetClient(context.Background(), &mqtt.BaseClient{Transport: dead})
	_, _ = s.retry.Connect(context.Background(), "")
	if !s.inside.Load() {
		s.wg.Wait()
	}
}
