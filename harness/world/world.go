package world

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing/synctest"
	"time"

	"umqtt/harness/broker"
	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/proxy"
	"umqtt/harness/simnet"
	"umqtt/harness/transport"
)

// Config says what to build.
type Config struct {
	// Name is the name of the capture.
	Name string
	// Broker puts the embedded broker behind the link. Without it the caller plays the peer.
	Broker bool
	// Seed chooses the order of packets in the simulated world, and drives random faults; 0 is FIFO.
	Seed uint64
	// Order chooses the order of packets in the simulated world in place of the seed.
	Order proxy.Order
	// Explorer, if it is not nil, chooses the order of packets in the simulated world in place of both, and learns what
	// each has touched.
	Explorer proxy.Explorer
	// Misdeed is the name of a rule that the embedded broker breaks on purpose, see [broker.Misdeeds]; empty is none.
	Misdeed string
	// Budget bounds the time of the world; 0 is DefaultBudget.
	Budget time.Duration
	// Grace is how long a call of the subject may outlive its context; 0 is an hour of virtual time, or
	// five seconds of real time.
	Grace time.Duration
	// Buffer bounds what the subject has sent and nobody has read, in bytes; 0 is no bound. See [proxy.Config].
	Buffer int
	// Listen is where the real world's link listens, as host:port; empty is a free port of 127.0.0.1.
	Listen string
	// Dialed tells that the subject connects by [World.Dial] alone: see [proxy.Config].
	Dialed bool
	// Watch, if it is not nil, is called with each packet of the subject's connections before faults.
	Watch func(fault.Packet)
	// Transport is what lies between MQTT and TCP on the subject's side of the link; "" is nothing.
	Transport transport.Kind
	// Records is how many packets and events the scenario may have; below DefaultRecords it is that many, above
	// MaxRecords that many.
	Records int
	// Lingers tells that goroutines of the subject may end by a timer: virtual time goes on for a while
	// after the end.
	Lingers bool
}

func (c Config) order() proxy.Order {
	if c.Order != nil {
		return c.Order
	}
	return proxy.Seeded(c.Seed)
}

// broker starts the embedded broker on a listener.
func (c Config) broker(ln net.Listener) (*broker.Broker, error) {
	if c.Misdeed != "" {
		m, ok := broker.FindMisdeed(c.Misdeed)
		if !ok {
			_ = ln.Close()
			return nil, fmt.Errorf("world: the broker has no misdeed %q", c.Misdeed)
		}
		ln = m.Listen(ln)
	}
	return broker.Start(ln)
}

func (c Config) engine() *fault.Engine {
	e := fault.NewEngine(c.Seed)
	e.Watch = c.Watch
	return e
}

// A World is one world. It is used by one goroutine, the one that plays the scenario.
type World struct {
	// Link is the subject's way to the peer, as MQTT sees it. A subject dials with [World.Dial].
	Link proxy.Link
	// Front ends what the subject speaks below MQTT; nil where that is nothing.
	Front *transport.Server
	// Target says how the subject reaches the peer.
	Target transport.Target
	// Recorder holds the subject's side of the link.
	Recorder *capture.Recorder
	// Addr is where a subject that dials itself finds the link; it is empty in the simulated world, and with
	// [Config].Dialed.
	Addr string

	simulated bool
	late      *lateness // nil in the simulated world
	budget    time.Duration
	records   int
	grace     time.Duration
	witness   *Witness
	dial      func(ctx context.Context) (net.Conn, error) // for the witness; nil without a broker
	settle    func()
	drop      func()
	dialing   chan struct{} // held by who dials; a channel, since waiting for it must be seen by synctest
	fronts    []transport.Socket
	notes     notes          // of the simulated world's transport
	joined    sync.WaitGroup // of the simulated world's transport
	closePeer func()
}

// tick is how far the subject's clock is from the broker's, whose tickers fire at whole seconds: two
// timers due at the same instant fire in random order.
const tick = time.Millisecond

func (c Config) world() *World {
	w := &World{dialing: make(chan struct{}, 1), budget: c.Budget, records: min(max(c.Records, DefaultRecords), MaxRecords), grace: c.Grace, settle: func() {}, closePeer: func() {}}
	if w.budget <= 0 {
		w.budget = DefaultBudget
	}
	return w
}

// InBubble builds a simulated world in the bubble that it is called in.
func InBubble(c Config) (*World, error) {
	w := c.world()
	w.simulated, w.settle = true, synctest.Wait
	cfg := proxy.Config{Engine: c.engine(), Packets: c.Records, Buffer: c.Buffer, Explorer: c.Explorer}
	closeBroker := func() {}
	if c.Broker {
		ln := simnet.Listen("broker", 0)
		b, err := c.broker(ln)
		if err != nil {
			return nil, err
		}
		cfg.Peer = func(ctx context.Context) (net.Conn, error) { return ln.Dial(ctx) }
		cfg.Forget = b.Forget
		closeBroker = b.Stop
	}
	time.Sleep(tick)
	start := time.Now()
	w.Recorder = capture.NewRecorder(c.Name, func() time.Duration { return time.Since(start) })
	cfg.Recorder = w.Recorder
	w.front(c)
	cfg.Collect = func() { w.notes.record(w.Recorder) }
	s := proxy.NewStepper(cfg, c.order())
	w.Link, w.notes.wake = s, s.Wake
	if c.Broker {
		w.dial = func(ctx context.Context) (net.Conn, error) { return s.DialPlain(ctx, cfg.Peer, "witness") }
	}
	w.drop = func() {
		s.Close()
		w.unjoin()
		synctest.Wait()
	}
	w.closePeer = func() {
		closeBroker()
		if c.Lingers { // virtual time stops with the bubble's root
			time.Sleep(w.stuckAfter())
		}
	}
	return w, nil
}

// OverTCP builds a world of real sockets.
func OverTCP(c Config) (*World, error) {
	w := c.world()
	cfg := proxy.Config{Engine: c.engine(), Packets: c.Records, Buffer: c.Buffer, Listen: c.Listen, Dialed: c.Dialed}
	start := time.Now()
	w.Recorder = capture.NewRecorder(c.Name, func() time.Duration { return time.Since(start) })
	cfg.Recorder = w.Recorder
	w.front(c)
	if err := w.writeCA(c); err != nil {
		return nil, err
	}
	if w.Front != nil {
		cfg.Front = func(conn int, s proxy.Socket) proxy.Socket { return w.Front.Accept(conn, s) }
	}
	if c.Broker {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		b, err := c.broker(ln)
		if err != nil { // Start has closed ln
			w.closePeer()
			return nil, err
		}
		cfg.Peer = func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", ln.Addr().String())
		}
		cfg.Forget = b.Forget
		remove := w.closePeer
		w.dial, w.closePeer = cfg.Peer, func() { b.Stop(); remove() }
	}
	p, err := proxy.ListenTCP(cfg)
	if err != nil {
		w.closePeer()
		return nil, err
	}
	w.Link, w.drop = p, p.Close
	if !c.Dialed {
		w.Addr = p.Addr()
	}
	w.late = measure()
	return w, nil
}

// Simulated reports whether time is virtual.
func (w *World) Simulated() bool { return w.simulated }

// Now is the time since the world was made.
func (w *World) Now() time.Duration { return w.Link.Now() }

// Settle lets every goroutine finish what the last step made it do, where that can be known: two steps
// must not race each other.
func (w *World) Settle() { w.settle() }

// Late is how late the machine was at most with the timers and goroutines of this process since the world was
// made; 0 in the simulated world.
func (w *World) Late() time.Duration {
	if w.late == nil {
		return 0
	}
	return w.late.soFar()
}

// Silence is how long the silence at the end of a scenario lasts unless the caller says otherwise: one
// second of virtual time, or 100 ms of real time.
func (w *World) Silence() time.Duration {
	if w.simulated {
		return time.Second
	}
	return 100 * time.Millisecond
}

// Moment is long enough for everything that is under way to arrive.
func (w *World) Moment() time.Duration {
	if w.simulated {
		return tick
	}
	return 100 * time.Millisecond
}

// Close ends the world in good order: first what the link still carries, so that nobody waits for anybody
// any more, then the witness, then the peer. The subject has ended before.
func (w *World) Close() {
	if w.late != nil {
		w.late.end()
	}
	w.drop()
	if w.witness != nil {
		w.witness.end()
	}
	w.closePeer()
}
