// Package subject is the contract between the harness and a client under test, and holds the built-in
// subjects.
//
// A subject is a thin adapter: it turns the harness's calls into calls of the client, and the client's
// callback into [Env].OnMessage. It holds no opinion about MQTT. The harness makes one for each
// scenario and runs its calls one after another in one goroutine, as the main loop of a program would;
// calls made from inside OnMessage nest.
//
//	func newAdapter(env subject.Env) (subject.Subject, error) {
//		return &adapter{env: env}, nil // dials with env.Dial, or env.Addr
//	}
//
// A client that only works while one of its calls runs, as umqtt does, also implements [Idler].
//
// A client of another language is played by package process, which speaks the protocol of PROTOCOL.md in this
// folder with a program that owns the client.
package subject

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"umqtt/client"
	"umqtt/harness/spec"
	"umqtt/harness/transport"
)

// Env is what a subject lives in.
type Env struct {
	// Dial opens a connection to the peer, through the proxy.
	Dial func(ctx context.Context) (net.Conn, error)
	// Addr is the same as host:port, for clients that dial themselves. It is empty in the simulated
	// world and for subjects of this module, for which only Dial leads anywhere.
	Addr string
	// Target says what is spoken over the connections that Dial opens, and at Addr: TLS or WebSocket, or nothing
	// besides MQTT. Only subjects with the features tls and websocket need look at it. [Env.Layered] speaks it for them.
	Target transport.Target
	// OnMessage must be called from inside the client's message callback.
	OnMessage func(Message)
	// Fail ends the scenario: the client is gone, or cannot be played any further. It may be called from any
	// goroutine.
	Fail func(*Fault)
	// Seed is for whatever the client draws at random.
	Seed uint64
	// Now is the wall clock, which a scenario of the feature wall-clock makes jump. Its times have no monotonic reading.
	// A client that reads the wall clock is given this one; nil is time.Now.
	Now func() time.Time
	// Jumps tells that the scenario makes the wall clock jump.
	Jumps bool
	// Store is where a subject with the feature keeps-in-store keeps what is not acknowledged. It is nil in scenarios that
	// do not need the feature.
	Store client.Store
	// OnKept is told what has become of a message that the Store has kept of an earlier process, by its packet
	// identifier. It is nil where Store is.
	OnKept func(id uint16, err error)
	// Pipelined tells that the scenario needs the feature pipelining: Publish at QoS 1 returns without waiting.
	// In other scenarios it may wait for the acknowledgement.
	Pipelined bool
}

// Layered returns an environment of plain connections: Dial speaks what the Target asks for, with these habits, and a
// client that dials by itself is left without an address.
func (e Env) Layered(h transport.Habits) Env {
	if e.Target.Kind != "" && e.Target.Kind != transport.TCP {
		e.Dial, e.Target, e.Addr = e.Target.Over(e.Dial, h), transport.Target{}, ""
	}
	return e
}

// Options are the settings of a connection.
type Options struct {
	ClientID           string
	CleanSession       bool
	KeepAlive          time.Duration // whole seconds; 0 is none
	Username, Password *string       // nil: the client sends none
	Will               *Message      // nil: no will

	// Limits of the client's own, for subjects with the feature own-limits; 0 is the client's default.
	AckTimeout  time.Duration
	MaxDepth    int
	MaxInflight int
	MaxPacket   int
	RetryAfter  time.Duration
	// SkipOversize asks a subject with the feature skips-oversize to read past what is above MaxPacket.
	// Otherwise it closes the connection.
	SkipOversize bool
}

// Message is an application message.
type Message struct {
	Topic   string
	Payload string
	QoS     int
	Retain  bool
	Dup     bool   // inbound only
	Untold  Fields // those of which the client's API tells nothing; inbound only
	// Own are the client's own bytes, of which Topic and Payload are copies; inbound only, and nil for a client
	// without the feature shows-message-again.
	Own *Bytes
}

// Bytes are a message's topic and payload as the client holds them while its callback runs.
type Bytes struct{ Topic, Payload []byte }

// Fields are fields of an inbound message.
type Fields struct{ QoS, Retain, Dup bool }

// Filter asks for a subscription.
type Filter struct {
	Filter string
	QoS    int
}

// Subject is a client under test. A call returns what the client's API returns: nil is its report of
// success. An error should say what kind it is with [Error]. Each call ends soon after its context.
type Subject interface {
	// Connect connects, and again after a lost connection. An error says that the client has given up:
	// one that goes on trying by itself has nothing to report yet. A subject that makes lost connections
	// again by itself (the feature auto-reconnect) is told to connect again only after an error.
	Connect(ctx context.Context, o Options) (sessionPresent bool, err error)
	// Publish publishes. It calls done once, with what the API reported: before it returns, or later
	// for a client that reports later, as one does whose message survives a lost connection. Where
	// [Env].Pipelined is set it returns without waiting, so that the next call begins.
	Publish(ctx context.Context, m Message, done func(error))
	// Subscribe subscribes, and returns the granted QoS (or 0x80) of each filter, nil if the API
	// does not tell.
	Subscribe(ctx context.Context, filters []Filter) (granted []int, err error)
	Unsubscribe(ctx context.Context, filters []string) error
	Ping(ctx context.Context) error
	// Disconnect ends the connection with a DISCONNECT.
	Disconnect(ctx context.Context) error
	// Abort drops the connection without one.
	Abort() error
}

// Idler is a subject that works only while one of its calls runs.
type Idler interface {
	// Idle receives messages and serves the keep alive until the context ends, which is no error,
	// or the connection is lost. It is called between other calls, after a first Connect. The
	// context's cause is [ErrCall] when another call waits for its turn: Idle may then finish what
	// must not be broken off. Otherwise it ends at once.
	Idle(ctx context.Context) error
}

// ContextAborter is a subject whose Abort takes a context, as its other calls do.
type ContextAborter interface {
	// AbortContext is called in place of Abort.
	AbortContext(ctx context.Context) error
}

// Abort ends the connection of a subject without a DISCONNECT.
func Abort(ctx context.Context, s Subject) error {
	if a, ok := s.(ContextAborter); ok {
		return a.AbortContext(ctx)
	}
	return s.Abort()
}

// ClockSetter is a subject whose wall clock is not [Env].Now.
type ClockSetter interface {
	// SetClock moves the wall clock to so much ahead of the real one, or behind it where moved is below 0.
	SetClock(moved time.Duration) error
}

// Ender is a subject that may end before its scenario does, as a program whose work is done.
type Ender interface {
	// Ended reports whether the client has ended: until the next Connect it sends nothing more.
	Ended() bool
}

// Closer is a subject that has more to give back than a connection.
type Closer interface {
	// Close ends the client, whatever it does. It is called once, when the scenario is over, in place of the
	// last Abort.
	Close()
}

// Noter is a subject that may know more about a failure than the packets show.
type Noter interface {
	// Notes returns lines to be shown with a failure, or "". It is called after Close.
	Notes() string
}

// Gatherer is a subject with the feature gathers.
type Gatherer interface {
	// Hold begins to gather what is published, which is then written by Flush, or in front of what another
	// call writes. Idle writes none of it, but in front of a PINGREQ.
	Hold() error
	// Flush writes what was gathered, and ends the gathering.
	Flush(ctx context.Context) error
}

// ErrCall is the cause that ends the context of [Idler].Idle when another call waits for its turn.
var ErrCall = errors.New("another call waits for its turn")

// ErrUntold is the error of a call whose outcome the client does not report. Steps that check the outcome are
// skipped.
var ErrUntold = errors.New("the client does not tell what came of the call")

// ErrDied is the error of a call whose process has died: nobody learns what came of it. It wraps [ErrUntold].
var ErrDied = fmt.Errorf("the process of the client has died: %w", ErrUntold)

// Factory makes subjects of one kind.
type Factory struct {
	// Name is the subject's name in reports, and of its folder of goldens.
	Name string
	// Features lists what it can do; scenarios that need more are skipped.
	Features []spec.Feature
	// New makes one for one scenario.
	New func(Env) (Subject, error)
	// External tells that only Env.Addr is of use to it, so that it plays in the real world only.
	External bool
	// Lasting tells that the client goes on when a scenario is over, with the connection that it has then: the
	// harness ends it.
	Lasting bool
}

// Has reports whether the subject has all of these features; if not, it returns the first it lacks.
func (f Factory) Has(needs []spec.Feature) (missing spec.Feature, ok bool) {
	for _, n := range needs {
		found := false
		for _, have := range f.Features {
			found = found || have == n
		}
		if !found {
			return n, false
		}
	}
	return "", true
}
