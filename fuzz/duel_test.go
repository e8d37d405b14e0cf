package fuzz

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// A duel is the hostile server against the client. The root goroutine of a bubble is the server; the
// client's caller has a goroutine of its own.
type duel struct {
	setting
	source *source
	client *client.Client
	queue  chan call // to the caller
	bound  time.Duration

	mu       sync.Mutex // guards what is below against the caller's goroutine
	links    []*link    // by connection, in their order
	tick     int        // counts what happens, for the order of it
	waiting  int        // calls that have been made and have not returned
	inside   int        // callbacks that have begun
	nested   []call     // what callbacks are to do, one for each
	sent     map[string]sending
	acked    []claim
	reported int // packets that the client says it skipped
	faults   []string
	script   []string

	chunk int    // size of the pieces in which the server writes; 0: one
	held  []byte // kept back by the server; nil: nothing is
	next  int    // counts messages, so that each can be told from the others
}

// setting is what the first bytes of the input choose.
type setting struct {
	client.Config
	greet   bool // the server accepts each CONNECT by itself
	foreign bool // the connection has no TryRead
}

// claim is a QoS 1 message that the client says is acknowledged.
type claim struct {
	payload string
	link    int // connections and bytes there were by then
	sent    int
}

// newDuel reads the setting and makes the client, whose caller waits for calls.
func newDuel(src *source) *duel {
	d := &duel{source: src, queue: make(chan call, maxOps), sent: map[string]sending{}}
	d.greet = src.below(2) == 1
	d.foreign = src.below(4) == 1
	d.Config = client.Config{
		ClientID:       "fuzz",
		ConnectTimeout: 2 * time.Second,
		MaxPacket:      pick(src, 0, minMaxPacket, 200, 4096),
		OnOversize:     pick(src, client.OversizeClose, client.OversizeSkip),
		MaxDepth:       pick(src, 0, 1, 2, 3),
		MaxInflight:    pick(src, 0, 1, 2),
		KeepAlive:      pick(src, 0, time.Second, 5*time.Second),
		AckTimeout:     pick(src, 0, 700*time.Millisecond),
		RetryAfter:     pick(src, 0, 1500*time.Millisecond),
		Dial:           d.dial,
		OnNotice:       func(error) { d.reported++ },
		OnOutcome:      d.outcome,
	}
	if d.MaxPacket == 0 {
		d.MaxPacket = client.DefaultMaxPacket
	}
	var err error
	if d.client, err = client.New(d.Config); err != nil {
		d.fault("New: %v", err)
	}
	d.client.SetCallback(d.receive)
	go d.caller()
	return d
}

// minMaxPacket is the least MaxPacket that the client takes.
const minMaxPacket = 128

// play runs the program, lets every call end, and reads what there is.
func (d *duel) play() {
	for range maxOps {
		if len(d.source.b) == 0 {
			break
		}
		d.step()
		synctest.Wait()
	}
	d.flush()
	d.settle()
	d.nested = nil
	d.call(call{name: "drain", do: d.drain})
	d.settle()
}

// finish ends the world.
func (d *duel) finish() {
	d.call(call{name: "close", end: "Close", do: func(context.Context) error { return d.client.Close() }})
	d.settle()
	d.resetAll()
	close(d.queue)
	synctest.Wait()
}

// resetAll ends all connections, so that nobody waits for them.
func (d *duel) resetAll() {
	d.mu.Lock()
	for _, l := range d.links {
		l.server.Reset()
	}
	d.mu.Unlock()
	synctest.Wait()
}

// settle waits until every call has returned, which takes no longer than their contexts.
func (d *duel) settle() {
	synctest.Wait()
	if d.calling() {
		time.Sleep(d.bound)
		synctest.Wait()
	}
	if d.calling() {
		d.fault("a call goes on %v after all contexts have ended", d.bound)
		d.resetAll()
	}
}

func (d *duel) calling() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.waiting > 0
}

// drain reads until there is nothing left, and marks where the client's work was done.
func (d *duel) drain(context.Context) error {
	for range 1 << 16 {
		c := call{name: "check", read: true}
		var kind client.Kind
		c.do = func(context.Context) (err error) { kind, err = d.client.CheckMsg(); return err }
		switch err := d.make(c); {
		case err != nil:
			return nil
		case kind == client.KindNone:
			d.current().drained = true
			return nil
		}
	}
	d.fault("CheckMsg reports news for ever")
	return nil
}

// dial opens the next link.
func (d *duel) dial(context.Context) (net.Conn, error) {
	own, server := simnet.Pipe(0)
	l := &link{server: server}
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.links); n > 0 && !d.links[n-1].closed() {
		d.faults = append(d.faults, "two connections are open at once")
	}
	d.links = append(d.links, l)
	c := &tap{Conn: own, duel: d, link: l}
	if d.foreign {
		return struct{ net.Conn }{c}, nil
	}
	return c, nil
}

// current is newest for those who do not hold the lock.
func (d *duel) current() *link {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.newest()
}

// newest returns the last link, nil if there is none. The caller holds the lock.
func (d *duel) newest() *link {
	if n := len(d.links); n > 0 {
		return d.links[n-1]
	}
	return nil
}

// fault notes what the client did wrong. The caller does not hold the lock.
func (d *duel) fault(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = append(d.faults, fmt.Sprintf(format, args...))
}

// receive is the client's callback.
func (d *duel) receive(m client.Message) {
	d.mu.Lock()
	l := d.newest()
	d.tick++
	d.inside++
	got := &delivery{sent: len(l.sent), Publish: wire.Publish{
		Dup: m.Dup, QoS: m.QoS, Retain: m.Retain, Topic: string(m.Topic), PacketID: m.PacketID, Payload: []byte(string(m.Payload)),
	}}
	if len(got.Payload) == 0 {
		got.Payload = nil
	}
	l.got = append(l.got, got)
	var todo []call
	if len(d.nested) > 0 {
		todo, d.nested = d.nested[:1], d.nested[1:]
	}
	d.mu.Unlock()
	for _, c := range todo {
		_ = d.make(c) // which has judged the error
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tick++
	got.ended = d.tick
	if string(m.Topic) != got.Topic || string(m.Payload) != string(got.Payload) {
		d.faults = append(d.faults, fmt.Sprintf("the message %v has changed while its callback ran", &got.Publish))
	}
}
