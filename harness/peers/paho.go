package peers

import (
	"context"
	"errors"
	"net"
	"net/url"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"

	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// Paho is github.com/eclipse/paho.mqtt.golang as a subject, set up as its documentation advises for
// messages that must arrive: it connects again by itself, resumes subscriptions under way, and keeps what is
// unacknowledged in its ordered store. Messages are handled in order, so that by its documentation the callback
// publishes in a goroutine of its own, and calls nothing that waits.
//
// It has no call for a PINGREQ, and subscribes again only to what had no SUBACK. It checks some filters, and no
// topic name.
func Paho() subject.Factory {
	return subject.Factory{
		Name: "paho",
		Features: []spec.Feature{
			spec.QoS1, spec.QoS2, spec.PersistentSession, spec.AutoReconnect, spec.KeepAlive, spec.WithWill, spec.Credentials, spec.Unsubscribe,
			spec.NestedPublish, spec.Pipelining, spec.SetsClientID, spec.SetsKeepAlive, spec.ManyFilters, spec.UnaskedMessages, spec.SeveralInFlight,
			spec.LargePackets, spec.SendsDisconnect, spec.ReportsOutcome, spec.TellsSessionPresent, spec.TellsGranted,
		},
		New: func(env subject.Env) (subject.Subject, error) {
			return &paho{env: env}, nil
		},
	}
}

// PahoManual is [Paho] without its reconnecting: it reports a lost connection, and the caller connects again.
func PahoManual() subject.Factory {
	f := Paho()
	f.Name = "paho-manual"
	f.Features = slices.Clone(f.Features)
	f.Features[slices.Index(f.Features, spec.AutoReconnect)] = spec.ManualReconnect
	make := f.New
	f.New = func(env subject.Env) (subject.Subject, error) {
		s, err := make(env)
		s.(*paho).manual = true
		return s, err
	}
	return f
}

// pahoLongestWait bounds paho's backoff. A wait cannot be interrupted, and the harness does not let a
// subject outlive its scenario by more than five seconds.
const pahoLongestWait = 4 * time.Second

// pahoQuiesce is how long, in milliseconds, Disconnect may take to write its packet.
const pahoQuiesce = 250

type paho struct {
	env     subject.Env
	manual  bool // the caller connects again
	store   mqtt.Store
	options subject.Options
	life    context.Context // of the scenario, from the first call on
	c       mqtt.Client
	line    *line
	inside  atomic.Bool     // the callback runs
	nested  <-chan struct{} // closed once the last publish of a callback was handed to paho
}

func (s *paho) Connect(ctx context.Context, o subject.Options) (bool, error) {
	s.life = ctx
	if s.c == nil || !reflect.DeepEqual(o, s.options) {
		s.drop()
		s.line = newLine(s.env)
		if s.store == nil || s.options.CleanSession { // what a clean session leaves in its store belongs to no other
			s.store = &tickingStore{Store: mqtt.NewOrderedMemoryStore()}
		}
		s.c, s.options = mqtt.NewClient(s.config(o)), o
	}
	t := s.c.Connect()
	if err := wait(ctx, t); err != nil {
		return false, err
	}
	return t.(*mqtt.ConnectToken).SessionPresent(), nil
}

func (s *paho) config(o subject.Options) *mqtt.ClientOptions {
	c := mqtt.NewClientOptions()
	c.AddBroker("tcp://" + orElse(s.env.Addr, "simulated:1883"))
	line := s.line
	c.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return line.open() })
	c.SetProtocolVersion(4)
	c.SetClientID(o.ClientID)
	c.SetCleanSession(o.CleanSession)
	c.SetKeepAlive(o.KeepAlive)
	c.SetStore(s.store)
	c.SetAutoReconnect(!s.manual)
	c.SetResumeSubs(true)
	c.SetMaxReconnectInterval(pahoLongestWait)
	if o.Username != nil {
		c.SetUsername(*o.Username)
	}
	if o.Password != nil {
		c.SetPassword(*o.Password)
	}
	if w := o.Will; w != nil {
		c.SetBinaryWill(w.Topic, []byte(w.Payload), byte(w.QoS), w.Retain)
	}
	c.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
		s.inside.Store(true)
		defer s.inside.Store(false)
		s.env.OnMessage(subject.Message{Topic: m.Topic(), Payload: string(m.Payload()), QoS: int(m.Qos()), Retain: m.Retained(), Dup: m.Duplicate()})
	})
	return c
}

func (s *paho) Publish(ctx context.Context, m subject.Message, done func(error)) {
	if s.c == nil {
		done(notConnected)
		return
	}
	c := s.c
	publish := func() mqtt.Token { return c.Publish(m.Topic, byte(m.QoS), m.Retain, m.Payload) }
	report := func(t mqtt.Token) {
		if err := wait(ctx, t); ctx.Err() == nil {
			done(err)
		}
	}
	if !s.inside.Load() {
		t := publish()
		go report(t)
		return
	}
	before, sent := s.nested, make(chan struct{}) // in the order of the calls
	s.nested = sent
	go func() {
		if before != nil {
			<-before
		}
		t := publish()
		close(sent)
		report(t)
	}()
}

func (s *paho) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	if s.c == nil {
		return nil, notConnected
	}
	var t mqtt.Token
	if len(filters) == 1 {
		t = s.c.Subscribe(filters[0].Filter, byte(filters[0].QoS), nil)
	} else {
		m := map[string]byte{}
		for _, f := range filters {
			m[f.Filter] = byte(f.QoS)
		}
		t = s.c.SubscribeMultiple(m, nil)
	}
	if err := wait(ctx, t); err != nil {
		return nil, err
	}
	result := t.(*mqtt.SubscribeToken).Result()
	granted := make([]int, len(filters))
	for i, f := range filters {
		granted[i] = int(result[f.Filter])
	}
	return granted, nil
}

func (s *paho) Unsubscribe(ctx context.Context, filters []string) error {
	if s.c == nil {
		return notConnected
	}
	return wait(ctx, s.c.Unsubscribe(filters...))
}

func (s *paho) Ping(context.Context) error {
	return &subject.Error{Kind: subject.Unsupported, Err: errors.New("paho sends PINGREQ by itself only")}
}

func (s *paho) Disconnect(context.Context) error {
	if s.c == nil || !s.c.IsConnectionOpen() {
		return notConnected
	}
	s.c.Disconnect(pahoQuiesce)
	s.c = nil
	return nil
}

// Abort closes the connection beneath paho, which has no call for it, and then stops paho.
func (s *paho) Abort() error {
	s.drop()
	if s.life != nil && s.life.Err() != nil && s.env.Addr == "" {
		time.Sleep(pahoLongestWait + time.Second/2) // virtual: its goroutines must end before the bubble does
	}
	return nil
}

func (s *paho) drop() {
	if s.c == nil {
		return
	}
	s.line.shut()
	s.c.Disconnect(pahoQuiesce)
	s.c = nil
}

// wait waits for a token or the context.
func wait(ctx context.Context, t mqtt.Token) error {
	select {
	case <-t.Done():
		return pahoError(t.Error())
	case <-ctx.Done():
		return &subject.Error{Kind: subject.Timeout, Err: ctx.Err()}
	}
}

var notConnected = &subject.Error{Kind: subject.Closed, Err: mqtt.ErrNotConnected}

// pahoError gives an error of paho its kind, as far as its type tells.
func pahoError(err error) error {
	if err == nil {
		return nil
	}
	kind := subject.Other
	switch {
	case errors.Is(err, mqtt.ErrNotConnected):
		kind = subject.Closed
	case errors.Is(err, mqtt.ErrInvalidQos), errors.Is(err, mqtt.ErrInvalidTopicEmptyString), errors.Is(err, mqtt.ErrInvalidTopicMultilevel):
		kind = subject.Invalid
	case errors.Is(err, packets.ErrorNetworkError):
		kind = subject.Network
	case errors.Is(err, packets.ErrorProtocolViolation):
		kind = subject.Protocol
	case errors.Is(err, packets.ErrorRefusedBadProtocolVersion), errors.Is(err, packets.ErrorRefusedIDRejected), errors.Is(err, packets.ErrorRefusedServerUnavailable),
		errors.Is(err, packets.ErrorRefusedBadUsernameOrPassword), errors.Is(err, packets.ErrorRefusedNotAuthorised):
		kind = subject.Refused
	}
	return &subject.Error{Kind: kind, Err: err}
}

// tickingStore keeps paho's promise of order in virtual time: its ordered store sorts by the time at which
// a message was stored, and in the simulated world that can be the same for two.
type tickingStore struct {
	mqtt.Store
	mu   sync.Mutex
	last time.Time
}

// Put stores a message, later than the one before.
func (s *tickingStore) Put(key string, m packets.ControlPacket) {
	s.mu.Lock()
	at := s.last.Add(1)
	if now := time.Now(); now.After(at) {
		at = now
	}
	s.last = at
	s.mu.Unlock()
	time.Sleep(time.Until(at))
	s.Store.Put(key, m)
}
