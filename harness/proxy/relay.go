package proxy

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
)

// Options says what a [Relay] stands between. Upstream or Dial is needed; all else has a default.
type Options struct {
	// Listen is where clients connect to, as host:port; empty is a free port of 127.0.0.1.
	Listen string
	// TLS, if it is not nil, is what clients speak TLS with.
	TLS *tls.Config
	// Upstream is the broker, as host:port.
	Upstream string
	// Dial connects to the broker. Nil dials Upstream over TCP. What it returns is a *net.TCPConn or a *tls.Conn.
	Dial func(ctx context.Context) (net.Conn, error)
	// Seed drives what rules draw: [fault.Match].Probability and jitter.
	Seed uint64
	// Rules are the rules to begin with.
	Rules []fault.Rule
	// MaxConns bounds the connections that are open at a time; one more is reset. 0 is 10,000.
	MaxConns int
	// MaxPacket bounds the remaining length of a packet, in bytes; the connection that carries a longer one is
	// reset. 0 is 16 MiB. A packet is kept until it is whole.
	MaxPacket int
	// OpenTimeout is how long a client may take for its first packet; its connection is then reset. 0 is one minute.
	OpenTimeout time.Duration
	// Tap is called for each connection, and returns who gets its records; a nil Tap gets nothing.
	Tap func(conn int, client net.Addr) Tap
}

// A Tap gets what passes on one connection, as a [capture.Recorder] records it, while it passes. Calls of one Tap
// do not overlap; those of several do. The connection waits for them, so that they must be quick, and must not call
// methods of the Relay.
type Tap interface {
	// Record is called with each record, in their order. Times count from the start of the Relay.
	Record(r capture.Record)
	// Close is called once, behind the last record.
	Close()
}

// A RunTap is a Tap that takes packets by the run: as many as came together and are passed on as they are.
type RunTap interface {
	Tap
	// Run is called in place of Record with packets that are whole, one behind the other in r.Data, which is valid during
	// the call. [capture.Packets] takes them apart.
	Run(r capture.Record)
}

// Defaults and bounds of a relay.
const (
	defaultMaxConns  = 10_000
	defaultMaxPacket = 16 << 20
	defaultOpen      = time.Minute
	maxBuffered      = 256 << 20 // bytes that wait, and of packets that are not whole, of all connections
	maxPending       = 1 << 20   // bytes that wait in a direction of a connection before it is read no further
	maxHeld          = 64 << 20  // bytes that rules hold, in all
	maxBatch         = 64 << 10  // bytes that are handed over in one write
	lingering        = 30 * time.Second
	handshakeTimeout = 10 * time.Second
)

// A Relay is a proxy between any number of clients and a broker. It forwards whole packets and applies rules to them.
// Rules may be added and removed while it runs. Tests use it directly, and mqttconform proxy is built on it. Scenarios are
// played with [TCP] instead, which bounds what a client under test may send.
//
// Memory is bounded: a direction whose reader is slow, delayed or stalled is read no further once 1 MiB waits, and
// nothing is kept of a connection that is over. Where all connections together have more than 256 MiB, the one that adds
// to it is reset. All methods are safe for concurrent use.
type Relay struct {
	o       Options
	start   time.Time
	ln      net.Listener
	ctx     context.Context
	cancel  context.CancelFunc
	done    sync.WaitGroup
	version atomic.Uint64 // counts changes of the rules, from 1
	counts  counts

	mu     sync.Mutex // guards what follows; never held while a connection's lock is taken
	engine *fault.Engine
	rules  []Armed
	fired  map[string]int // by rules that were removed, by action
	conns  map[int]*relayed
	opened int
	down   bool
	closed bool
	last   error // of the last dial that failed

	room int64 // maxBuffered, but for tests
}

// Start starts a relay. It ends when ctx does, or with [Relay.Close]. The error is that of an address that cannot be
// listened on, or of a rule.
func Start(ctx context.Context, o Options) (*Relay, error) {
	r, err := newRelay(ctx, o)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	if r.ln, err = lc.Listen(ctx, "tcp", cmp.Or(o.Listen, "127.0.0.1:0")); err != nil {
		r.cancel()
		return nil, err
	}
	stop := context.AfterFunc(r.ctx, r.shut)
	r.done.Go(func() {
		defer stop()
		r.accept()
	})
	return r, nil
}

// newRelay returns a relay that does not listen yet.
func newRelay(ctx context.Context, o Options) (*Relay, error) {
	if o.Upstream == "" && o.Dial == nil {
		return nil, errors.New("proxy: no upstream")
	}
	r := &Relay{o: o, start: time.Now(), engine: fault.NewEngine(o.Seed), conns: map[int]*relayed{}, fired: map[string]int{}, room: maxBuffered}
	r.o.MaxConns = cmp.Or(o.MaxConns, defaultMaxConns)
	r.o.MaxPacket = cmp.Or(o.MaxPacket, defaultMaxPacket)
	r.engine.MaxHeld = maxHeld
	r.version.Store(1)
	for _, rule := range o.Rules {
		if _, err := r.Add(rule); err != nil {
			return nil, err
		}
	}
	r.ctx, r.cancel = context.WithCancel(ctx)
	return r, nil
}

// Addr returns the address that clients connect to, as host:port.
func (r *Relay) Addr() string { return r.ln.Addr().String() }

// Now returns the time since the start.
func (r *Relay) Now() time.Duration { return time.Since(r.start) }

// Close ends the listener and all connections, and waits for every goroutine of the relay.
func (r *Relay) Close() {
	r.cancel()
	r.shut()
	r.done.Wait()
}

// shut closes the listener and every connection.
func (r *Relay) shut() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.ln.Close()
	for _, c := range r.all() {
		c.on("the proxy stops", func() { c.sever(fault.FIN, 0) })
	}
}

// all returns the open connections.
func (r *Relay) all() []*relayed {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]*relayed, 0, len(r.conns))
	for _, c := range r.conns {
		all = append(all, c)
	}
	return all
}

func (r *Relay) accept() {
	for {
		nc, err := r.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // such as no descriptor being left
			select {
			case <-time.After(50 * time.Millisecond):
			case <-r.ctx.Done():
				return
			}
			continue
		}
		s := tcpSocket{nc.(*net.TCPConn)}
		if !r.admits() {
			s.Reset()
			continue
		}
		r.done.Go(func() { r.serve(s) })
	}
}

// admits decides about a connection that is being opened, and counts one that it refuses.
func (r *Relay) admits() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, refuse := r.engine.Refuse(r.opened)
	switch {
	case refuse || r.down || r.closed:
		r.counts.refused.Add(1)
		return false
	case r.counts.waiting.Load()+int64(len(r.conns)) >= int64(r.o.MaxConns):
		r.counts.full.Add(1)
		return false
	}
	r.counts.waiting.Add(1)
	return true
}

// serve carries a connection to its end.
func (r *Relay) serve(s Socket) {
	near, far, err := r.connect(s)
	if err != nil {
		r.counts.waiting.Add(-1)
		s.Reset()
		return
	}
	c := &relayed{r: r, near: near, far: far, readers: 2}
	c.room.L = &c.mu
	c.mu.Lock()
	defer c.mu.Unlock()
	r.mu.Lock()
	r.opened++
	c.id = r.opened
	r.conns[c.id] = c
	r.counts.waiting.Add(-1)
	end, events := r.engine.Open(c.id)
	stop := r.down || r.closed
	r.mu.Unlock()
	if r.o.Tap != nil {
		if c.tap = r.o.Tap(c.id, s.RemoteAddr()); c.tap != nil {
			c.rec = capture.NewRecorder("", r.Now)
			c.rec.Discard, c.rec.OnRecord = true, c.tap.Record
			if t, ok := c.tap.(RunTap); ok {
				c.rec.OnRun = t.Run
			}
		}
	}
	c.note(events)
	if stop {
		end = fault.RST
	}
	if end != fault.NoEnding {
		c.sever(end, lingering)
	}
	if !c.cut {
		near.SetReadDeadline(time.Now().Add(cmp.Or(r.o.OpenTimeout, defaultOpen))) // until its first packet
	}
	for i, from := range []Socket{near, far} {
		r.done.Go(func() { c.read(directions[i], from) })
	}
}

// connect returns the two ends of a connection that was accepted.
func (r *Relay) connect(s Socket) (near, far Socket, err error) {
	near = s
	if r.o.TLS != nil {
		t := tls.Server(s, r.o.TLS)
		ctx, cancel := context.WithTimeout(r.ctx, handshakeTimeout)
		defer cancel()
		if err := t.HandshakeContext(ctx); err != nil {
			r.counts.handshakes.Add(1)
			return nil, nil, err
		}
		near = tlsSocket{t, s}
	}
	ctx, cancel := context.WithTimeout(r.ctx, dialTimeout)
	defer cancel()
	nc, err := r.dial(ctx)
	if err == nil {
		far, err = socketOf(nc)
	}
	if err != nil {
		r.counts.unreached.Add(1)
		r.mu.Lock()
		r.last = err
		r.mu.Unlock()
	}
	return near, far, err
}

func (r *Relay) dial(ctx context.Context) (net.Conn, error) {
	if r.o.Dial != nil {
		return r.o.Dial(ctx)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", r.o.Upstream)
}

// tlsSocket adds a reset to a TLS connection.
type tlsSocket struct {
	*tls.Conn
	tcp Socket
}

// Reset closes the connection with RST.
func (s tlsSocket) Reset() error { return s.tcp.Reset() }

// socketOf makes a Socket of what a dial has returned.
func socketOf(nc net.Conn) (Socket, error) {
	switch c := nc.(type) {
	case Socket:
		return c, nil
	case *net.TCPConn:
		return tcpSocket{c}, nil
	case *tls.Conn:
		if t, ok := c.NetConn().(*net.TCPConn); ok {
			return tlsSocket{c, tcpSocket{t}}, nil
		}
	}
	nc.Close()
	return nil, errors.New("proxy: the dial returned neither TCP nor TLS over TCP")
}
