package fuzz

import (
	"fmt"
	"runtime/debug"
	"testing"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/wire"

	"pgregory.net/rapid"
)

// However the network cuts, stalls and refuses, and whoever reconnects when: what Publish reported done at
// QoS 1 has arrived, and so has, after a last reconnect, what was left in flight. Messages of one topic and
// QoS arrive in the order of their publishing, apart from repetitions; QoS 0 is never repeated. The capture
// holds nothing that the client may not send.
func TestPublishSurvivesCuts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		watchdog := time.AfterFunc(30*time.Second, func() {
			debug.SetTraceback("all")
			panic("the bubble hangs")
		})
		defer watchdog.Stop()
		rapid.SyncTest(t, func(t *rapid.T) {
			w := newWorld(t)
			defer w.end()
			t.Repeat(map[string]func(*rapid.T){
				"":        w.healthy,
				"publish": w.publish,
				"connect": w.reconnect,
				"read":    w.read,
				"cut":     w.armCut,
				"cut now": w.cutNow,
				"refuse":  w.refuse,
				"stall":   w.stall,
				"heal":    w.heal,
				"pause":   w.pause,
			})
			w.drain(t)
			w.judge(t)
		})
	})
}

// publish begins to publish a message, and may leave the call to itself.
func (w *world) publish(t *rapid.T) {
	w.join(t)
	if !w.connected && rapid.Bool().Draw(t, "connect first") {
		w.reconnect(t)
	}
	m := &message{
		n:     len(w.messages) + 1,
		topic: rapid.SampledFrom([]string{"a", "b/c"}).Draw(t, "topic"),
		qos:   rapid.ByteMax(1).Draw(t, "qos"),
	}
	m.payload = fmt.Sprintf("%d:%s", m.n, rapid.StringN(0, 200, -1).Draw(t, "payload"))
	w.messages = append(w.messages, m)
	w.start(func() {
		m.result(w.client.Publish(w.ctx, []byte(m.topic), []byte(m.payload), m.qos, false))
		w.connected = w.connected && open(m.err)
	})
	if rapid.Bool().Draw(t, "wait") {
		w.join(t)
	}
}

// reconnect connects again. The old connection is gone by then, with what it had not delivered: a message
// that turned up later would be out of order, for which nobody could blame the client.
func (w *world) reconnect(t *rapid.T) {
	w.join(t)
	if w.stalled {
		w.cut(fault.RST)
	}
	w.connect()
	w.join(t)
}

// read lets the client take up what has arrived.
func (w *world) read(t *rapid.T) {
	w.join(t)
	w.start(func() {
		_, err := w.client.WaitMsg(w.within(300 * time.Millisecond))
		w.connected = w.connected && open(err)
	})
	w.join(t)
}

var (
	endings = []fault.Ending{fault.FIN, fault.RST}
	ways    = []fault.Dirs{fault.BothWays, fault.ToServer, fault.ToClient}
)

// armCut arms a rule that ends the connection inside or behind a packet to come. It never resets the
// connection behind a PUBLISH of the client: mochi stores the PUBACK that it cannot write then, forgets the
// message, and sends the PUBACK on the next connection.
func (w *world) armCut(t *rapid.T) {
	types := []wire.Type{0, wire.CONNECT, wire.CONNACK, wire.PUBLISH, wire.PUBACK}
	match := fault.Match{
		Type: rapid.SampledFrom(types).Draw(t, "type"),
		Dirs: rapid.SampledFrom(ways).Draw(t, "direction"),
		Nth:  rapid.IntRange(1, 4).Draw(t, "nth"),
	}
	cut := fault.Cut{
		At:  rapid.OneOf(rapid.IntRange(-1, 5), rapid.IntRange(0, 40)).Draw(t, "at"),
		How: rapid.SampledFrom(endings).Draw(t, "how"),
	}
	if cut.How == fault.RST && match.Dirs != fault.ToClient && (match.Type == 0 || match.Type == wire.PUBLISH) {
		cut.At = max(0, cut.At) % shortestPublish
	}
	w.arm(fault.Rule{Match: match, Action: cut})
}

// shortestPublish is the length in bytes of the shortest PUBLISH of the client.
const shortestPublish = len("\x30\x05\x00\x01a1:")

func (w *world) cutNow(t *rapid.T) {
	if w.link.Conns() == 0 || w.link.Ended(0) {
		t.Skip("no connection")
	}
	w.cut(rapid.SampledFrom(endings).Draw(t, "how"))
}

func (w *world) refuse(*rapid.T) { w.arm(fault.Rule{Action: fault.Refuse{}}) }

func (w *world) stall(t *rapid.T) {
	if w.link.Conns() == 0 || w.link.Ended(0) {
		t.Skip("no connection")
	}
	w.stalled = true
	w.must(w.link.Stall(0, rapid.SampledFrom(ways).Draw(t, "direction")))
}

func (w *world) heal(t *rapid.T) {
	if !w.stalled {
		t.Skip("nothing is stalled")
	}
	w.healed()
}

// pause lets time pass, and whatever is under way arrive.
func (w *world) pause(t *rapid.T) {
	d := rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, 20 * time.Second}).Draw(t, "for")
	w.link.Await(func() bool { return false }, d+tick)
}
