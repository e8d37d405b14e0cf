package play

import (
	"context"
	"net"
	"testing/synctest"
	"time"

	"umqtt/harness/broker"
	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/proxy"
	"umqtt/harness/simnet"
	"umqtt/scenarios"
)

// A world is what one scenario plays in: the link, the peer behind it, and their end.
type world struct {
	link    proxy.Link
	rec     *capture.Recorder
	addr    string // where a subject that dials itself finds the link; empty in the simulated world
	witness func(ctx context.Context) (net.Conn, error)
	// settle lets every goroutine finish what the last step made it do, where that can be known: two
	// steps must not race each other.
	settle func()
	// drop ends what the link still carries, so that nobody waits for anybody any more.
	drop func()
	// close ends the peer. The subject has ended before.
	close func()
}

// tick is how far the subject's clock is from the broker's, whose tickers fire at whole seconds: two
// timers due at the same instant fire in random order.
const tick = time.Millisecond

// simulated builds the world of the bubble it is called in.
func simulated(sc *scenarios.Scenario, o Options) (*world, error) {
	w := &world{settle: synctest.Wait}
	cfg := proxy.Config{Engine: fault.NewEngine(o.Seed)}
	closeBroker := func() {}
	if sc.Peer == scenarios.Broker {
		ln := simnet.Listen("broker", 0)
		b, err := broker.Start(ln)
		if err != nil {
			return nil, err
		}
		cfg.Peer = func(ctx context.Context) (net.Conn, error) { return ln.Dial(ctx) }
		closeBroker = b.Stop
	}
	time.Sleep(tick)
	start := time.Now()
	w.rec = capture.NewRecorder(sc.Name, func() time.Duration { return time.Since(start) })
	cfg.Recorder = w.rec
	s := proxy.NewStepper(cfg, o.order())
	w.link = s
	w.witness = func(ctx context.Context) (net.Conn, error) { return s.DialPlain(ctx, cfg.Peer, "witness") }
	w.drop = func() {
		s.Close()
		synctest.Wait()
	}
	w.close = func() {
		closeBroker()
		if o.Foreign { // goroutines of a client may end by a timer; virtual time stops with the bubble's root
			time.Sleep(o.stuckAfter())
		}
	}
	return w, nil
}

// overTCP builds a world of real sockets.
func overTCP(sc *scenarios.Scenario, seed uint64) (*world, error) {
	w := &world{settle: func() {}, close: func() {}}
	cfg := proxy.Config{Engine: fault.NewEngine(seed)}
	start := time.Now()
	w.rec = capture.NewRecorder(sc.Name, func() time.Duration { return time.Since(start) })
	cfg.Recorder = w.rec
	if sc.Peer == scenarios.Broker {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		b, err := broker.Start(ln)
		if err != nil {
			ln.Close()
			return nil, err
		}
		cfg.Peer = func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", ln.Addr().String())
		}
		w.witness, w.close = cfg.Peer, b.Stop
	}
	p, err := proxy.ListenTCP(cfg)
	if err != nil {
		w.close()
		return nil, err
	}
	w.link, w.addr, w.drop = p, p.Addr(), p.Close
	return w, nil
}
