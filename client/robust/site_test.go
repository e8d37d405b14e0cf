package robust_test

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/broker"
	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/proxy"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// tick keeps the clients' clocks off the broker's, whose tickers fire at whole
// seconds.
const tick = time.Millisecond

// site is a client and a real broker, with a stepper between them and a witness
// beside. The root goroutine of a bubble moves the packets, so the client's calls
// have a goroutine of their own; see run.
type site struct {
	*testing.T
	*robust.Client
	ctx     context.Context // of calls; ends with the site
	link    *proxy.Stepper
	rec     *capture.Recorder
	start   time.Time
	l       *simnet.Listener
	broker  *broker.Broker
	witness *witness
	each    func() // runs after every packet that moved

	radio
	attempts []robust.Attempt
	open     int                  // connections that the client has open
	dialled  func()               // before each dial
	onMsg    func(client.Message) // the callback
}

// radio is what a battery pays for.
type radio struct {
	dials       int // attempts to open a connection
	connections int // those that were opened
	sent        int // bytes of MQTT
	received    int
}

// onSite runs a test in a bubble with a client that has not connected yet.
func onSite(t *testing.T, cfg robust.Config, f func(s *site)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		s := &site{T: t, ctx: ctx}
		s.startBroker()
		time.Sleep(tick)
		s.start = time.Now()
		s.rec = capture.NewRecorder("site", func() time.Duration { return time.Since(s.start) })
		s.link = proxy.NewStepper(proxy.Config{Engine: fault.NewEngine(1), Recorder: s.rec, Peer: s.toBroker}, nil)
		s.witness = s.observe()
		cfg.OnAttempt = func(a robust.Attempt) { s.attempts = append(s.attempts, a) }
		s.Client = s.another(cfg)
		s.SetCallback(func(m client.Message) {
			if s.onMsg != nil {
				s.onMsg(m)
			}
		})
		defer func() {
			cancel()
			s.link.Close()
			synctest.Wait()
			_ = s.Close()
			if s.open > 0 {
				t.Errorf("%d connections are left open", s.open)
			}
			if s.broker != nil {
				s.broker.Stop()
			}
			trace := s.rec.Capture()
			keepTrace(t, trace)
			if t.Failed() && len(trace.Records) < 400 {
				t.Logf("%s", capture.Format(trace))
			}
		}()
		f(s)
	})
}

// another is a client of the same broker, with the client identifier "c" where it
// has none.
func (s *site) another(cfg robust.Config) *robust.Client {
	cfg.Dial = s.dial
	if cfg.ClientID == "" {
		cfg.ClientID = "c"
	}
	c, err := robust.New(cfg)
	if err != nil {
		s.Fatal(err)
	}
	return c
}

func (s *site) startBroker() {
	s.l = simnet.Listen("broker", 0)
	var err error
	if s.broker, err = broker.Start(s.l); err != nil {
		s.Fatal(err)
	}
}

func (s *site) toBroker(ctx context.Context) (net.Conn, error) { return s.l.Dial(ctx) }

// stopBroker takes the broker away, and what it knows with it.
func (s *site) stopBroker() {
	s.link.Down()
	synctest.Wait()
	s.broker.Stop()
	s.broker = nil
}

// newBroker puts a broker that knows nothing in the place of the one that was
// stopped, and a witness beside it.
func (s *site) newBroker() {
	s.startBroker()
	s.link.Up()
	s.witness = s.observe()
}

// dial opens a connection of the client's and counts it.
func (s *site) dial(ctx context.Context) (net.Conn, error) {
	if s.dialled != nil {
		s.dialled()
	}
	s.dials++
	c, err := s.link.Dial(ctx)
	if err != nil {
		return nil, err
	}
	s.connections++
	s.open++
	return &counted{Conn: c.(*simnet.Conn), s: s}, nil
}

// counted is the client's end of a connection. It is open until the client closes
// it.
type counted struct {
	*simnet.Conn
	s      *site
	closed bool
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.s.received += n
	return n, err
}

func (c *counted) TryRead(p []byte) (int, error) {
	n, err := c.Conn.TryRead(p)
	c.s.received += n
	return n, err
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.s.sent += n
	return n, err
}

func (c *counted) Close() error {
	if !c.closed {
		c.closed = true
		c.s.open--
	}
	return c.Conn.Close()
}

// begin makes calls of the client's in a goroutine of their own and returns how
// to tell that they have ended.
func (s *site) begin(f func()) (ended func() bool) {
	var done atomic.Bool
	go func() {
		defer s.link.Wake()
		defer done.Store(true)
		f()
	}()
	return done.Load
}

// run makes calls of the client's and moves packets until they have ended.
func (s *site) run(f func()) {
	s.Helper()
	s.join(s.begin(f), time.Hour)
}

// join moves packets until the calls have ended, which takes at most limit.
func (s *site) join(ended func() bool, limit time.Duration) {
	s.Helper()
	s.await(ended, limit)
	if !ended() {
		s.Fatalf("the client's calls do not end")
	}
}

// pass moves packets while time passes.
func (s *site) pass(d time.Duration) { s.await(func() bool { return false }, d) }

func (s *site) await(done func() bool, limit time.Duration) {
	s.link.Await(func() bool {
		if s.each != nil {
			s.each()
		}
		return done()
	}, limit)
}

// asks is what the client asked of the broker: descriptions of its packets of a
// type, over all connections.
func (s *site) asks(kind wire.Type) []string {
	var all []string
	for _, r := range s.rec.Capture().Records {
		if r.Kind == capture.Sent && len(r.Data) > 0 && wire.TypeOf(r.Data) == kind {
			all = append(all, wire.Describe(r.Data))
		}
	}
	return all
}

// must is for calls of which the test needs success.
func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Errorf("at %v: %v", time.Since(s.start), err)
	}
}

// say publishes under "out/".
func (s *site) say(payload string) error {
	return s.Publish(s.ctx, []byte("out/x"), []byte(payload), 1, false)
}

// number is the payload of the nth message.
func number(n int) string { return fmt.Sprintf("%02d", n) }
