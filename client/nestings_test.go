package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"umqtt/client"
	"umqtt/harness/wire"
)

// Calls nest in callbacks as they like, while the server acknowledges and delivers
// as it likes. What is checked, all the time: PUBACKs leave in the order of arrival
// and not before their callback has returned; messages come whole, once, in order,
// and stay as they are until their callback returns; calls return within their
// bounds, at MaxDepth at once and without a byte; a publish is reported done if and
// only if its PUBACK was read. And at the end: no acknowledgement was lost.
func TestNestings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			n := newNesting(t)
			n.connect()
			top := func(act func()) func(*rapid.T) {
				return func(t *rapid.T) { n.T = t; act() }
			}
			t.Repeat(map[string]func(*rapid.T){
				"publish":     top(func() { n.publish(1) }),
				"QoS 0":       top(func() { n.publish(0) }),
				"subscribe":   top(n.subscribe),
				"unsubscribe": top(n.unsubscribe),
				"wait":        top(n.wait),
				"check":       top(n.check),
				"ping":        top(n.ping),
				"":            top(n.bounded),
			})
			n.T = t
			n.finish()
		})
	})
}

const (
	nestingAck  = 10 * time.Millisecond // AckTimeout
	nestingTick = time.Millisecond      // after which the server does the next thing
	nestingMax  = 300                   // MaxPacket
)

// nesting is a client and its server, which lives inside the connection's Read and
// so needs no goroutine: every choice is drawn in turn.
type nesting struct {
	*rapid.T
	c   *client.Client
	cfg client.Config

	// The client's side.
	depth     int // calls that read
	callbacks time.Duration
	nested    int // requests made in callbacks
	published int
	seen      int // messages

	// The server's side.
	in       []byte // under way to the client
	requests int    // packets but PUBACKs that came
	turns    int
	unacked  []uint16      // publishes that may still be acknowledged
	asked    []wire.Packet // SUBSCRIBE and UNSUBSCRIBE, likewise
	acked    map[uint16]bool
	ids      []uint16          // of all publishes at QoS 1
	idOf     map[string]uint16 // by payload
	sent     []*delivery
	pubacks  int // of those in sent at QoS 1
	pings    int // not answered
	quiet    bool
	mu       sync.Mutex
	deadline time.Time
}

// delivery is a message of the server.
type delivery struct {
	id       uint16 // 0 at QoS 0
	size     int
	returned bool // its callback
}

func newNesting(t *rapid.T) *nesting {
	n := &nesting{T: t, acked: map[uint16]bool{}, idOf: map[string]uint16{}}
	n.cfg = client.Config{
		ClientID:    "c",
		AckTimeout:  nestingAck,
		PingTimeout: time.Hour,
		MaxPacket:   nestingMax,
		MaxDepth:    rapid.IntRange(1, 4).Draw(t, "MaxDepth"),
		MaxInflight: rapid.IntRange(1, 5).Draw(t, "MaxInflight"),
		ReadBuffer:  make([]byte, rapid.SampledFrom([]int{0, 1, 64, 5 * nestingMax}).Draw(t, "ReadBuffer")),
		Dial:        func(context.Context) (net.Conn, error) { return &nestingConn{nesting: n}, nil },
	}
	var err error
	if n.c, err = client.New(n.cfg); err != nil {
		t.Fatal(err)
	}
	n.c.SetCallback(n.callback)
	return n
}

func (n *nesting) connect() {
	if _, err := n.c.Connect(context.Background(), true); err != nil {
		n.Fatal(err)
	}
}

// content is that of the message with a number.
func content(number, size int) (topic string, payload []byte) {
	return fmt.Sprint("m/", number), bytes.Repeat([]byte{'a' + byte(number%26)}, size)
}

// callback checks a message, does some more, and checks it again.
func (n *nesting) callback(m client.Message) {
	start, before := time.Now(), n.callbacks
	requests, nested := n.requests, n.nested
	number := n.seen
	n.seen++
	if number >= len(n.sent) {
		n.Fatalf("message %s came that was not sent", m.Topic)
	}
	d := n.sent[number]
	intact := func(when string) {
		topic, payload := content(number, d.size)
		if string(m.Topic) != topic || !bytes.Equal(m.Payload, payload) || m.PacketID != d.id {
			n.Fatalf("%s: message %d is %s %q", when, number, m.Topic, m.Payload)
		}
	}
	intact("at first")
	if n.depth > n.cfg.MaxDepth {
		n.Fatalf("%d calls deep", n.depth)
	}
	if !n.quiet {
		for range rapid.SampledFrom([]int{0, 1, 1, 2, 3}).Draw(n.T, "calls in the callback") {
			rapid.SampledFrom([]func(){
				func() { n.publish(1) }, func() { n.publish(1) }, func() { n.publish(0) }, n.subscribe, n.unsubscribe, n.wait, n.check, n.ping,
				func() { time.Sleep(time.Duration(n.upTo(15, "sleep")) * nestingTick) },
			}).Draw(n.T, "call")()
			intact("after a nested call")
		}
	}
	d.returned = true
	n.callbacks = before + time.Since(start)
	n.nested = nested + n.requests - requests
}

func (n *nesting) upTo(most int, label string) int { return rapid.IntRange(0, most).Draw(n.T, label) }

// call makes a call that may take so long, callbacks not counted. refused tells that
// it failed before a byte, as the limits want.
func (n *nesting) call(name string, reads bool, most time.Duration, f func() error) (err error, refused bool) {
	start, callbacks, requests := time.Now(), n.callbacks, n.requests-n.nested
	deep := reads && n.depth >= n.cfg.MaxDepth
	if reads {
		n.depth++
	}
	err = f()
	if reads {
		n.depth--
	}
	if own := time.Since(start) - (n.callbacks - callbacks); own > most {
		n.Fatalf("%s took %v beside its callbacks, longer than %v", name, own, most)
	}
	if deep != errors.Is(err, client.ErrDepth) {
		n.Fatalf("%s at depth %d of %d: %v", name, n.depth, n.cfg.MaxDepth, err)
	}
	refused = deep || errors.Is(err, client.ErrInflight)
	if own := n.requests - n.nested - requests; refused && own > 0 {
		n.Fatalf("%s: %v after %d packets were sent", name, err, own)
	}
	var e *client.Error
	if errors.As(err, &e) && !e.Open {
		n.Fatalf("%s closed the connection: %v", name, err)
	}
	return err, refused
}

func (n *nesting) publish(qos byte) {
	most := nestingAck
	if qos == 0 {
		most = 0
	}
	n.published++
	payload := fmt.Sprint(n.published)
	full := n.inFlight() >= n.cfg.MaxInflight
	err, refused := n.call("publish", qos > 0, most, func() error {
		return n.c.Publish(context.Background(), []byte("t"), []byte(payload), qos, false)
	})
	if qos == 0 || refused {
		if qos == 0 && err != nil || errors.Is(err, client.ErrInflight) && !full {
			n.Fatalf("publish at QoS %d, %d in flight: %v", qos, n.inFlight(), err)
		}
		return
	}
	id := n.idOf[payload]
	var pending *client.PendingError
	switch {
	case err == nil && (!n.acked[id] || n.c.InFlight(id)):
		n.Fatalf("publish %d succeeds without its PUBACK", id)
	case err != nil && (!errors.As(err, &pending) || pending.PacketID != id || !errors.Is(err, client.ErrTimeout)):
		n.Fatalf("publish %d: %v", id, err)
	case err != nil && !n.c.InFlight(id):
		n.Fatalf("the PUBACK of %d was read, and yet: %v", id, err)
	}
}

func (n *nesting) inFlight() (count int) {
	for _, id := range n.ids {
		if n.c.InFlight(id) {
			count++
		}
	}
	return count
}

func (n *nesting) subscribe() {
	n.ask("subscribe", func() error {
		granted, err := n.c.Subscribe(context.Background(), client.Filter{Topic: []byte("a"), QoS: 1}, client.Filter{Topic: []byte("b")})
		if err == nil && !bytes.Equal(granted, []byte{1, 0}) {
			n.Fatalf("granted %v", granted)
		}
		return err
	})
}

func (n *nesting) unsubscribe() {
	n.ask("unsubscribe", func() error { return n.c.Unsubscribe(context.Background(), []byte("a")) })
}

func (n *nesting) ask(name string, f func() error) {
	err, refused := n.call(name, true, nestingAck, f)
	if err != nil && !refused && !errors.Is(err, client.ErrTimeout) {
		n.Fatalf("%s: %v", name, err)
	}
}

func (n *nesting) wait() {
	most := time.Duration(n.upTo(12, "wait")) * nestingTick
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	err, refused := n.call("wait", true, most+nestingTick, func() error { _, err := n.c.WaitMsg(ctx); return err })
	if err != nil && !refused && !errors.Is(err, context.DeadlineExceeded) {
		n.Fatal(err)
	}
}

// ping has all calls look for the PINGRESP among what else has come.
func (n *nesting) ping() {
	if _, refused := n.call("ping", false, 0, n.c.Ping); refused {
		n.Fatal("a ping was refused")
	}
}

func (n *nesting) check() { n.checked() }

func (n *nesting) checked() (kind client.Kind) {
	err, refused := n.call("check", true, 0, func() (err error) { kind, err = n.c.CheckMsg(); return err })
	if err != nil && !refused {
		n.Fatal(err)
	}
	return kind
}

// bounded checks the memory.
func (n *nesting) bounded() {
	if size := client.BufferSize(n.c); size > max(len(n.cfg.ReadBuffer), (n.cfg.MaxDepth+1)*nestingMax) {
		n.Fatalf("the buffer has %d bytes", size)
	}
}

// finish lets the server acknowledge what it has not given up, and the client read
// it all.
func (n *nesting) finish() {
	n.quiet = true
	for len(n.unacked) > 0 {
		n.acknowledge(0)
	}
	for len(n.asked) > 0 {
		n.answer(0)
	}
	for n.pings > 0 {
		n.pong()
	}
	for n.checked() != client.KindNone || len(n.in) > 0 {
	}
	if !n.c.NextDue().IsZero() {
		n.Fatalf("at the end: a PINGRESP was not seen")
	}
	n.bounded()
	for _, id := range n.ids {
		if n.c.InFlight(id) == n.acked[id] {
			n.Fatalf("at the end: publish %d is in flight: %v, its PUBACK was sent: %v", id, n.c.InFlight(id), n.acked[id])
		}
	}
	owed := 0
	for _, d := range n.sent {
		if d.id > 0 {
			owed++
		}
	}
	if n.seen != len(n.sent) || n.pubacks != owed {
		n.Fatalf("at the end: %d messages, %d came; %d PUBACKs, %d owed", len(n.sent), n.seen, n.pubacks, owed)
	}
}
