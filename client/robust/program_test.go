package robust_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/fault"
)

// program uses the client as an application does. Whatever call fails, by its
// policy, is made again after a while.
type program struct {
	*site
	policy robust.Policy
	memory memory
	code   int               // of the final refusal that may come
	done   []string          // payloads that Publish reported done at QoS 1
	got    map[string]byte   // QoS of the messages of the callback, by payload
	nested bool              // the callback's Publish and Subscribe have succeeded
	n      int               // messages published
	begun  bool              // it has subscribed
	struck bool              // the fault has come
	posted map[uint16]string // payloads that were posted, by identifier
}

// dial judges the opening of a connection. Towards mochi the old connection of a
// stalled client has to end before a clean session begins; see DETERMINISM.md.
func (p *program) dial(tr trouble) {
	if p.open > 0 {
		p.Errorf("a connection is dialled while %d are open", p.open)
	}
	if p.memory == clean && tr.how == fault.NoEnding && p.connections > 0 {
		_ = p.link.Cut(0, fault.RST)
	}
}

func (p *program) run() {
	p.connect()
	p.subscribe(in, low)
	p.begun = true
	p.subscribe(gone)
	p.try("Unsubscribe", func(ctx context.Context) error { return p.Unsubscribe(ctx, []byte("gone/#")) })
	p.publish("out/1", 1)
	p.publish("out/0", 0)
	p.pong()
	p.echo()
	p.check(5)
	p.publish("out/2", 1)
	_ = p.Disconnect() // it may have found no connection
	time.Sleep(time.Second)
	p.connect()
	p.check(1)
	p.publish("out/3", 1)
	p.post("out/p")
	if err := p.Disconnect(); err != nil {
		p.Errorf("the last Disconnect: %v", err)
	}
	if p.policy == sweepPolicies[0].policy && len(p.done) < 4 {
		p.Errorf("of four messages only %q were reported done", p.done)
	}
}

// connect connects, and subscribes again when a new session is there.
func (p *program) connect() {
	present := false
	p.try("Connect", func(ctx context.Context) (err error) {
		present, err = p.Connect(ctx, p.memory == clean)
		return err
	})
	switch {
	case present || !p.begun:
	case p.nested:
		p.subscribe(in, low, side)
	default:
		p.subscribe(in, low)
	}
}

// What the program subscribes to: gone/# it gives up again, and side/# its callback
// asks for.
var (
	in   = client.Filter{Topic: []byte("in/#"), QoS: 1}
	low  = client.Filter{Topic: []byte("low/#")}
	gone = client.Filter{Topic: []byte("gone/#"), QoS: 1}
	side = client.Filter{Topic: []byte("side/#"), QoS: 1}
)

func (p *program) subscribe(filters ...client.Filter) {
	p.try("Subscribe", func(ctx context.Context) error { return p.subscribeOnce(ctx, filters...) })
}

func (p *program) subscribeOnce(ctx context.Context, filters ...client.Filter) error {
	_, err := p.Subscribe(ctx, filters...)
	return err
}

// publish publishes until it is reported done.
func (p *program) publish(topic string, qos byte) {
	p.try("Publish", func(ctx context.Context) error { return p.publishOnce(ctx, topic, qos) })
}

func (p *program) publishOnce(ctx context.Context, topic string, qos byte) error {
	p.n++
	payload := fmt.Sprintf("%s %d", topic, p.n)
	err := p.Publish(ctx, []byte(topic), []byte(payload), qos, false)
	if err == nil && qos == 1 {
		p.done = append(p.done, payload)
	}
	return err
}

// post publishes three messages with one Write and without waiting in between, and
// waits for all of them. What becomes of each the hook tells.
func (p *program) post(topic string) {
	for range 10 {
		sent := 0
		if p.call("Ping", p.Ping) == nil {
			_ = p.Hold()
			for range 3 {
				p.n++
				payload := fmt.Sprintf("%s %d", topic, p.n)
				id, err := p.Post(p.ctx, []byte(topic), []byte(payload), false)
				if err != nil {
					break // a clean session's connection is lost
				}
				p.posted[id] = payload
				sent++
			}
		}
		if sent == 3 && p.call("WaitAcks", p.WaitAcks) == nil {
			return
		}
		time.Sleep(2 * time.Second)
		if p.refused() {
			p.connect()
		}
	}
	p.Error("Post does not succeed")
}

// outcome is told what becomes of a message that was posted.
func (p *program) outcome(id uint16, err error) {
	payload, ok := p.posted[id]
	delete(p.posted, id)
	switch {
	case err == nil && ok:
		p.done = append(p.done, payload)
	case err == client.ErrDropped && (p.memory == clean || !ok):
	case !ok: // its Publish had given up
	default:
		p.Errorf("%q: %v", payload, err)
	}
}

// pong waits for the answer to a Ping, and pings again if a connection was lost
// meanwhile.
func (p *program) pong() {
	for range 4 {
		p.try("Ping", p.Ping)
		var kind client.Kind
		p.until(func() bool { return kind == client.KindPing }, &kind)
		if kind == client.KindPing {
			return
		}
	}
	p.Error("no PINGRESP")
}

// echo has the callback publish.
func (p *program) echo() {
	for n := range 4 {
		p.witness.publish("in/echo", fmt.Sprintf("echo %d", n))
		if p.until(func() bool { return p.nested }, new(client.Kind)) {
			return
		}
	}
	p.Error("the callback has not published")
}

func (p *program) message(m client.Message) {
	p.got[string(m.Payload)] = m.QoS
	if string(m.Topic) != "in/echo" || p.nested {
		return
	}
	p.nested = p.call("Publish in the callback", func(ctx context.Context) error { return p.publishOnce(ctx, "out/nested", 1) }) == nil &&
		p.call("Subscribe in the callback", func(ctx context.Context) error { return p.subscribeOnce(ctx, side) }) == nil
}

// check has the witness publish, so often at most, and the client receive it, as it
// has subscribed.
func (p *program) check(times int) {
	for range times {
		p.n++
		payload := func(topic string) string { return fmt.Sprint(topic, " ", p.n) }
		for _, topic := range []string{"gone", "side", "low", "in"} {
			p.witness.publish(topic+"/check", payload(topic))
		}
		arrived := p.until(func() bool {
			return p.has(payload("in"), 1) && p.has(payload("low"), 0) && p.has(payload("side"), 1)
		}, new(client.Kind))
		if _, ok := p.got[payload("gone")]; ok {
			p.Error("a message arrives for a filter that was given up")
		}
		if arrived {
			return
		}
	}
	p.Errorf("the client is not subscribed as asked: it got %v", p.got)
}

func (p *program) has(payload string, qos byte) bool {
	got, ok := p.got[payload]
	return ok && got == qos
}

// until waits for packets until done, for half a minute at most or until the wait
// fails. It sets kind to the last one's.
func (p *program) until(done func() bool, kind *client.Kind) bool {
	end := time.Now().Add(30 * time.Second)
	for !done() && time.Now().Before(end) {
		var err error
		if *kind, err = p.wait(time.Until(end)); err != nil {
			break
		}
	}
	return done()
}

// wait waits for a packet, at most that long.
func (p *program) wait(d time.Duration) (kind client.Kind, err error) {
	err = p.call("WaitMsg", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		kind, err = p.WaitMsg(ctx)
		return err
	})
	if errors.Is(err, client.ErrClosed) {
		p.connect()
	}
	if errors.Is(err, robust.ErrGaveUp) {
		time.Sleep(2 * time.Second)
	}
	return kind, err
}

// try makes a call until it succeeds.
func (p *program) try(name string, f func(ctx context.Context) error) {
	for range 10 {
		err := p.call(name, f)
		if err == nil {
			return
		}
		time.Sleep(2 * time.Second)
		if isFinalRefusal(err) && name != "Connect" {
			p.connect()
		}
	}
	p.Errorf("%s does not succeed", name)
}

func isFinalRefusal(err error) bool {
	var refused *client.ConnackError
	return errors.As(err, &refused) && refused.Code != 3 || errors.Is(err, client.ErrClosed)
}

// call makes a call and judges how it ended.
func (p *program) call(name string, f func(ctx context.Context) error) error {
	began, attempts := time.Now(), len(p.attempts)
	err := f(p.ctx)
	took, made := time.Since(began), len(p.attempts)-attempts
	var refused *client.ConnackError
	limit := p.policy.Limit()
	bound := time.Minute
	if limit.Time > 0 && name != "WaitMsg" {
		bound = limit.Time
	}
	switch {
	case took > bound:
		p.Errorf("%s took %v", name, took)
	case limit.Attempts > 0 && made > limit.Attempts && name != "WaitMsg": // its callback makes calls of its own
		p.Errorf("%s made %d attempts to connect", name, made)
	case err == nil:
	case errors.As(err, &refused) && int(refused.Code) == p.code:
	case errors.Is(err, client.ErrClosed) && p.refused():
	case errors.Is(err, robust.ErrGaveUp) && limit != robust.Limit{}:
	case name == "WaitMsg" && errors.Is(err, context.DeadlineExceeded):
	default:
		p.Errorf("%s: %v", name, err)
	}
	return err
}

// refused tells whether the final refusal has come.
func (p *program) refused() bool {
	return slices.ContainsFunc(p.attempts, func(a robust.Attempt) bool { return isFinalRefusal(a.Err) })
}
