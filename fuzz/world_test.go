package fuzz

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync/atomic"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/harness/broker"
	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/proxy"
	"umqtt/harness/simnet"

	"pgregory.net/rapid"
)

// A world is client, proxy, broker and observer in one bubble. The root goroutine moves the packets, so
// the client has a goroutine of its own, as has the observer.
type world struct {
	link     *proxy.Stepper
	rec      *capture.Recorder
	broker   *broker.Broker
	observer *observer
	client   *client.Client

	ctx     context.Context // ends with the world
	cancel  context.CancelFunc
	calls   chan func()
	busy    atomic.Bool // a call goes on
	crash   atomic.Pointer[string]
	setup   error // what the harness could not do
	stalled bool
	armed   int // rules that may each spoil one attempt to connect

	messages  []*message
	connected bool // as far as the last call could tell
}

// message is a message that the client was told to publish.
type message struct {
	n              int
	topic, payload string
	qos            byte

	done    bool                 // Publish reported success
	pending *client.PendingError // it was left in flight
	err     error
}

// result notes what Publish returned.
func (m *message) result(err error) {
	m.done, m.err = err == nil, err
	errors.As(err, &m.pending)
}

// tick keeps the client's clock off the broker's, whose tickers fire at whole seconds.
const tick = time.Millisecond

// newWorld builds the world of the bubble it is called in, with the observer subscribed and the client
// not connected.
func newWorld(t *rapid.T) *world {
	w := &world{calls: make(chan func(), 1)}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	seed := rapid.Uint64Max(1<<20).Draw(t, "order")
	rules := []fault.Rule{}
	if rapid.Bool().Draw(t, "split") {
		rules = append(rules, fault.Rule{Action: fault.Split{Sizes: []int{1, 3, 7}}})
	}

	ln := simnet.Listen("broker", 0)
	w.broker, w.setup = broker.Start(ln)
	time.Sleep(tick)
	start := time.Now()
	w.rec = capture.NewRecorder(t.Name(), func() time.Duration { return time.Since(start) })
	dial := func(ctx context.Context) (net.Conn, error) { return ln.Dial(ctx) }
	w.link = proxy.NewStepper(proxy.Config{Engine: fault.NewEngine(seed, rules...), Recorder: w.rec, Peer: dial}, proxy.Seeded(seed))
	plain, err := w.link.DialPlain(w.ctx, dial, "observer")
	w.must(err)
	w.observer = observe(plain, w.link)

	w.client, err = client.New(client.Config{
		Dial: w.link.Dial, ClientID: "subject", AckTimeout: 3 * time.Second, ConnectTimeout: 5 * time.Second,
		KeepAlive:   time.Duration(rapid.SampledFrom([]int{0, 10}).Draw(t, "keep alive")) * time.Second,
		MaxInflight: rapid.SampledFrom([]int{client.DefaultMaxInflight, 1, 3}).Draw(t, "max in flight"),
	})
	w.must(err)
	go w.run()
	w.connect()
	w.join(t)
	return w
}

// must keeps the first error of the harness.
func (w *world) must(err error) {
	if w.setup == nil && err != nil {
		w.setup = err
	}
}

// run is the client's goroutine.
func (w *world) run() {
	defer func() {
		if p := recover(); p != nil {
			w.crash.Store(new(fmt.Sprintf("%v\n%s", p, debug.Stack())))
			w.link.Wake()
		}
	}()
	for call := range w.calls {
		call()
		w.busy.Store(false)
		w.link.Wake()
	}
}

// start has the client's goroutine make a call, and waits until that in its turn waits for the network.
// Nobody else touches the client until join.
func (w *world) start(call func()) {
	w.busy.Store(true)
	w.calls <- call
	synctest.Wait()
}

// join waits for the call.
func (w *world) join(t *rapid.T) {
	ended := w.link.Await(func() bool { return !w.busy.Load() || w.crash.Load() != nil }, 2*time.Minute)
	w.healthy(t)
	if !ended {
		t.Fatalf("a call does not end\n%s", w.shown())
	}
}

// healthy fails if the client panicked or the harness could not do its part.
func (w *world) healthy(t *rapid.T) {
	if p := w.crash.Load(); p != nil {
		t.Fatalf("the client panics: %s\n%s", *p, w.shown())
	}
	for _, err := range []error{w.setup, w.link.Err(), w.broker.Err(), w.observer.failed()} {
		if err != nil {
			t.Fatalf("the harness: %v\n%s", err, w.shown())
		}
	}
}

func (w *world) within(d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(w.ctx, d)
	context.AfterFunc(ctx, cancel)
	return ctx
}

// connect begins to connect, without a clean session.
func (w *world) connect() {
	w.stalled = false
	w.start(func() {
		_, err := w.client.Connect(w.ctx, false)
		w.connected = err == nil
	})
}

func (w *world) arm(r fault.Rule) {
	w.armed++
	w.link.Arm(r)
}

func (w *world) cut(how fault.Ending) {
	w.stalled = false
	w.must(w.link.Cut(0, how))
}

func (w *world) healed() {
	if w.stalled {
		w.must(w.link.Heal(0))
	}
	w.stalled = false
}

// drain lets the last calls end, and reconnects until nothing is left in flight: as often as the rules
// that are armed can spoil it, and once more.
func (w *world) drain(t *rapid.T) {
	w.healed()
	w.join(t)
	for range w.armed + 2 {
		w.connect()
		w.join(t)
		for range drainReads {
			if !w.connected || w.left() == nil {
				break
			}
			w.read(t)
		}
		if w.left() == nil {
			break
		}
	}
	if m := w.left(); m != nil {
		t.Fatalf("message %d is still in flight after %d reconnects\n%s", m.n, w.armed+2, w.shown())
	}
	w.link.Await(func() bool { return false }, time.Second)
}

// drainReads is more than enough to read the PUBACKs of all that can be in flight.
const drainReads = 2 * client.DefaultMaxInflight

// open tells whether the connection is open after a call that returned err.
func open(err error) bool {
	var e *client.Error
	return err == nil || errors.As(err, &e) && e.Open
}

// left returns a message that is unacknowledged, nil if there is none. No call may be going on.
func (w *world) left() *message {
	for _, m := range w.messages {
		if m.pending != nil && w.client.InFlight(m.pending.PacketID) {
			return m
		}
	}
	return nil
}

// end ends the world in good order, whatever state it is in.
func (w *world) end() {
	w.cancel()
	w.link.Close()
	synctest.Wait()
	close(w.calls)
	synctest.Wait()
	if !w.busy.Load() {
		_ = w.client.Close()
	}
	w.broker.Stop()
}

// shown returns the capture and what became of the messages, for a failure.
func (w *world) shown() string {
	out := string(capture.Format(w.rec.Capture()))
	for _, m := range w.messages {
		out += fmt.Sprintf("message %d: QoS %d to %s: done %t, %v\n", m.n, m.qos, m.topic, m.done, m.err)
	}
	return out + "the observer got " + w.observer.String()
}
