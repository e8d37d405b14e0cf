package fuzz

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/broker"
	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/model"
	"umqtt/harness/monitor"
	"umqtt/harness/mortal"
	"umqtt/harness/proxy"
	"umqtt/harness/simnet"
)

// lives are the processes of one client, one after another, with what outlives them: the disk, the broker behind the
// proxy, and an observer.
type lives struct {
	link     *proxy.Stepper
	rec      *capture.Recorder
	broker   *broker.Broker
	observer *observer
	world    *mortal.World
	files    client.Store // of the newest process, without a plant
	plant    plant

	config  client.Config
	order   uint64
	all     []*process // the last one may be dead
	crash   atomic.Pointer[string]
	setup   error // what the harness could not do
	stalled bool
	armed   int // rules that may each spoil an attempt to connect

	restarts []model.Restart
	calls    []*model.Call
	open     map[uint16]*model.Call // by the identifier of their message
	met      map[string]bool        // what the run has met
	turns    atomic.Int64
}

// A plant is a defect of the client or its store. The zero value is none.
type plant struct {
	store func(*lives, client.Store) client.Store
	wrote func(l *lives, packet []byte) // is told of what is written
}

// newLives builds the world of the bubble it is called in, without a process.
func newLives(p career, d disk, with plant, met map[string]bool) *lives {
	l := &lives{plant: with, met: met, order: p.order}
	l.world = &mortal.World{Disk: d, Turn: l.turn, Died: l.died}
	if with.wrote != nil {
		l.world.Wrote = func(packet []byte) { with.wrote(l, packet) }
	}
	ln := simnet.Listen("broker", 0)
	l.broker, l.setup = broker.Start(ln)
	time.Sleep(tick)
	start := time.Now()
	l.rec = capture.NewRecorder("lives", func() time.Duration { return time.Since(start) })
	dial := func(ctx context.Context) (net.Conn, error) { return ln.Dial(ctx) }
	l.link = proxy.NewStepper(proxy.Config{Engine: fault.NewEngine(l.order), Recorder: l.rec, Peer: dial, Forget: l.broker.Forget}, proxy.Seeded(l.order))
	plain, err := l.link.DialPlain(context.Background(), dial, "observer")
	l.must(err)
	l.observer = observe(plain, l.link)
	l.config = client.Config{
		ClientID: "subject", AckTimeout: 3 * time.Second, ConnectTimeout: 5 * time.Second,
		KeepAlive: p.keepAlive, MaxInflight: p.window,
	}
	return l
}

// turn begins a goroutine's turn, and returns what ends it. The bubble lets the processes and the root goroutine have
// turns, one after another; this tells the race detector, which does not know what a virtual clock puts in order.
func (l *lives) turn() (end func()) {
	l.turns.Add(1)
	return func() { l.turns.Add(1) }
}

// await waits until done reports true, for a while at most.
func (l *lives) await(done func() bool, limit time.Duration) bool {
	defer l.turn()()
	return l.link.Await(done, limit)
}

func never() bool { return false }

// must keeps the first error of the harness.
func (l *lives) must(err error) {
	if l.setup == nil && err != nil {
		l.setup = err
	}
}

// process returns the one that lives, or nil.
func (l *lives) process() *process {
	if n := len(l.all); n > 0 && !l.all[n-1].Dead() {
		return l.all[n-1]
	}
	return nil
}

// begin starts the next process, and has it connect.
func (l *lives) begin() {
	p := &process{Process: l.world.Begin(context.Background()), lives: l, calls: make(chan func(), 1)}
	store, err := l.world.Disk.Open()
	if err != nil {
		l.must(err)
		return
	}
	l.files = store
	if l.plant.store != nil {
		store = l.plant.store(l, store)
	}
	cfg := l.config
	cfg.Dial, cfg.Store = p.Dial(l.link.Dial), p.Store(store)
	cfg.OnOutcome = func(id uint16, err error) {
		defer l.turn()()
		if p.Dead() {
			return
		}
		if c := l.open[id]; c != nil {
			l.tell(c, err)
			delete(l.open, id)
		}
	}
	l.open = map[uint16]*model.Call{}
	for _, k := range l.world.Kept() {
		l.open[k.ID] = l.callOf(k.Message)
	}
	p.client, err = robust.New(robust.Config{
		Config: cfg, Policy: robust.Forever(robust.Backoff{Initial: time.Second, Max: 30 * time.Second, Factor: 2, Jitter: 0.2}), PoisonAfter: -1, Rand: rand.New(rand.NewPCG(l.order, uint64(len(l.all)))),
	})
	if err != nil {
		l.must(err)
		return
	}
	l.all = append(l.all, p)
	go p.run()
	l.connect()
}

// connect has the process connect, without a clean session.
func (l *lives) connect() {
	p := l.process()
	if p == nil {
		return
	}
	c := l.call("connect", model.Message{})
	p.start(func() {
		ctx, cancel := context.WithTimeout(p.Context(), callTime)
		defer cancel()
		present, err := p.client.Connect(ctx, false)
		defer l.turn()()
		if !p.Dead() {
			c.Present = &present
			l.tell(c, err)
		}
	})
}

// call notes that a call begins.
func (l *lives) call(verb string, m model.Message) *model.Call {
	c := &model.Call{Verb: verb, Message: m, Began: true, From: l.rec.Len()}
	l.calls = append(l.calls, c)
	return c
}

// callOf returns the call that has published a message, or nil.
func (l *lives) callOf(m model.Message) *model.Call {
	i := slices.IndexFunc(l.calls, func(c *model.Call) bool { return c.Verb == "publish" && c.Topic == m.Topic && c.Payload == m.Payload })
	if i < 0 {
		return nil
	}
	return l.calls[i]
}

// tell notes the outcome of a call.
func (l *lives) tell(c *model.Call, err error) {
	if c.Returned {
		l.met["told later"] = true
	}
	c.Returned, c.Told, c.At = true, true, l.rec.Len()
	switch {
	case err == nil:
	case errors.Is(err, client.ErrInflight):
		c.Err = "inflight"
	case errors.Is(err, context.DeadlineExceeded):
		c.Err = "timeout"
	default:
		c.Err = "other: " + err.Error()
	}
}

// publish has the process publish a message, by Post or by Publish.
func (l *lives) publish(m model.Message, post bool) {
	p, c := l.process(), l.call("publish", m)
	p.start(func() {
		ctx, cancel := context.WithTimeout(p.Context(), callTime)
		defer cancel()
		var id uint16
		var err error
		if post {
			id, err = p.client.Post(ctx, []byte(m.Topic), []byte(m.Payload), false)
		} else {
			err = p.client.Publish(ctx, []byte(m.Topic), []byte(m.Payload), m.QoS, false)
		}
		defer l.turn()()
		pending, later := errors.AsType[*client.PendingError](err)
		switch {
		case p.Dead():
		case later:
			c.Returned, l.open[pending.PacketID] = true, c
		case post && err == nil:
			c.Returned, l.open[id] = true, c
		default:
			l.tell(c, err)
		}
	})
}

// died notes the end of a process. What came of its calls nobody knows, unless its store has kept their messages: then
// the next process will tell.
func (l *lives) died(_ *mortal.Process, d mortal.Doom) {
	if d.Op != "" {
		l.met[fmt.Sprintf("%v %s", d.When, d.Op)] = true
	}
	ledger := l.world.Kept()
	if len(ledger) > 1 {
		l.met["several are kept"] = true
	}
	kept := map[*model.Call]bool{}
	for _, k := range ledger {
		kept[l.callOf(k.Message)] = true
	}
	for _, c := range l.calls {
		if c.Returned = true; !c.Told && !kept[c] {
			c.Told, c.Untold, c.At = true, true, l.rec.Len()
		}
	}
	l.restarts = append(l.restarts, model.Restart{Conns: l.link.Conns(), Calls: len(l.calls), Kept: ledger})
	l.tell(l.call("abort", model.Message{}), nil)
	l.link.Wake()
}

// join waits for the call of the process.
func (l *lives) join(f finder) {
	p := l.process()
	if p == nil {
		return
	}
	ended := l.await(func() bool { return !p.busy.Load() || p.Dead() || l.crash.Load() != nil }, 2*time.Minute)
	l.healthy(f)
	if !ended {
		f.Fatalf("a call does not end\n%s", l.shown())
	}
}

// alive waits for the call of the process, and starts another process if that is dead.
func (l *lives) alive(f finder) {
	for l.join(f); l.process() == nil; l.join(f) {
		l.await(never, tick) // what the dead one has sent arrives
		l.begin()
		l.healthy(f)
	}
}

// healthy fails if the client panicked or the harness could not do its part.
func (l *lives) healthy(f finder) {
	if p := l.crash.Load(); p != nil {
		f.Fatalf("the client panics: %s\n%s", *p, l.shown())
	}
	for _, err := range []error{l.setup, l.world.Err(), l.link.Err(), l.broker.Err(), l.observer.failed()} {
		if err != nil {
			f.Fatalf("the harness: %v\n%s", err, l.shown())
		}
	}
}

// drain ends the faults, and waits until nothing is left to send: for as many attempts as the rules that are armed
// can spoil, and some more.
func (l *lives) drain(f finder) {
	l.world.Arm(nil)
	l.heal()
	l.alive(f)
	done := func() bool {
		told := !slices.ContainsFunc(l.calls, func(c *model.Call) bool { return !c.Told })
		return l.crash.Load() != nil || told && len(l.world.Kept()) == 0
	}
	for range l.armed + 3 {
		if l.await(done, time.Minute) {
			break
		}
		l.alive(f)
		l.connect()
		l.join(f)
	}
	l.await(never, time.Second)
	l.healthy(f)
}

// arm arms a rule that may spoil an attempt to connect.
func (l *lives) arm(r fault.Rule) {
	l.armed++
	l.link.Arm(r)
}

// connected reports whether there is a connection.
func (l *lives) connected() bool { return l.link.Conns() > 0 && !l.link.Ended(0) }

func (l *lives) heal() {
	if l.stalled {
		l.must(l.link.Heal(0))
	}
	l.stalled = false
}

// history is what the model judges.
func (l *lives) history() model.History {
	h := model.History{
		World: monitor.Simulated, Records: l.rec.Capture().Records, Restarts: l.restarts, Witness: true, Drained: true, Keeps: true, Ordered: true,
		MaxInflight: l.config.MaxInflight, Pipelined: true, Reconnects: true,
	}
	for _, c := range l.calls {
		h.Calls = append(h.Calls, *c)
	}
	for _, p := range l.observer.messages() {
		h.Witnessed = append(h.Witnessed, model.Message{Topic: p.Topic, Payload: string(p.Payload), QoS: p.QoS})
	}
	return h
}

// end ends the world in good order, whatever state it is in.
func (l *lives) end() {
	if p := l.process(); p != nil {
		l.must(p.End())
	}
	l.link.Close()
	for _, p := range l.all {
		close(p.calls)
	}
	synctest.Wait()
	l.broker.Stop()
}

// shown returns the records and what became of the calls, for a failure.
func (l *lives) shown() string {
	var out strings.Builder
	for i, r := range l.rec.Capture().Records {
		fmt.Fprintf(&out, "%d. connection %d: %v\n", i, r.Conn, r)
	}
	for _, c := range l.calls {
		fmt.Fprintf(&out, "%v: told %t, untold %t, %q\n", c, c.Told, c.Untold, c.Err)
	}
	for i, r := range l.restarts {
		fmt.Fprintf(&out, "restart %d behind connection %d: %v\n", i+1, r.Conns, r.Kept)
	}
	return out.String() + "the observer got " + l.observer.String()
}
