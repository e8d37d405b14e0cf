package robust_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

// At MaxDepth the reconnect is the nested call's, the subscriptions are left to the
// call outside.
func TestNestedAtMaxDepth(t *testing.T) {
	script(t, robust.Config{Config: client.Config{MaxDepth: 1, KeepAlive: 10 * time.Second}}, func(w *world) {
		const connect = `CONNECT level=4 clean=1 keepalive=10 id="c"`
		r := w.connect(true)
		s := w.accept(0, connect)
		s.send(&wire.Connack{})
		r.ok()
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		w.onMsg = func(client.Message) {
			if err := w.Publish(w.ctx, []byte("t"), []byte("no"), 1, false); !errors.Is(err, client.ErrDepth) {
				t.Errorf("QoS 1 returned %v", err)
			}
			time.Sleep(10 * time.Second) // so long that the keep alive makes the client look
			if err := w.Publish(w.ctx, []byte("t"), []byte("x"), 0, false); err != nil {
				t.Errorf("QoS 0 returned %v", err)
			}
		}
		r = w.wait()
		s.send(&wire.Publish{Topic: "a", Payload: []byte("m")})
		w.after(time.Second)
		_ = s.Reset()
		s = w.accept(10*time.Second, connect)
		s.send(&wire.Connack{})
		s.want(`PUBLISH qos=0 dup=0 retain=0 topic="t" payload="x"`)
		r.gives(client.KindMessage)
		s.silent()
		r = w.wait()
		s.want(`SUBSCRIBE id=2 filters="a":1`)
		s.send(subackTo(2, 1))
		r.goesOn()
	})
}

// A subscription that a nested call makes while its connection goes is asked for on
// the next one, and once.
func TestNestedResubscribe(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(true)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		s.fin()
		w.onMsg = func(client.Message) {
			w.onMsg = nil
			if _, err := w.Subscribe(w.ctx, client.Filter{Topic: []byte("b"), QoS: 1}); err != nil {
				t.Error(err)
			}
		}
		r := w.wait()
		s = w.join(time.Second, true, false)
		s.want(`SUBSCRIBE id=2 filters="a":1`)
		s.send(&wire.Publish{Topic: "a", Payload: []byte("m")})
		s.want(`SUBSCRIBE id=3 filters="b":1`) // new, after the older one went out
		s.fin()
		s = w.join(3*time.Second, true, false)
		s.want(`SUBSCRIBE id=4 filters="a":1`)
		s.send(subackTo(4, 1))
		s.want(`SUBSCRIBE id=5 filters="b":1`)
		s.send(subackTo(5, 1))
		s.silent()
		r.goesOn()
		w.after(time.Minute)
		s.fin()
		s = w.join(63*time.Second, true, false)
		s.want(`SUBSCRIBE id=6 filters="a":1,"b":1`)
		s.send(subackTo(6, 1, 1))
		r.goesOn()
	})
}

// An answer that came on a connection of which the callback has lost the session
// does not count: the request is made again in the new one.
func TestNestedReplaced(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(true)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		// replace reads an answer inside the callback, and then loses the connection.
		replace := func(client.Message) {
			w.onMsg = nil
			for range 2 {
				if _, err := w.WaitMsg(w.ctx); err != nil {
					t.Error(err)
				}
			}
		}
		w.onMsg = replace
		r := w.subscribe("b")
		s.want(`SUBSCRIBE id=2 filters="b":1`)
		s.send(&wire.Publish{Topic: "a"})
		s.send(subackTo(2, 1))
		s.fin()
		s = w.join(time.Second, true, false)
		s.want(`SUBSCRIBE id=3 filters="a":1`)
		s.send(subackTo(3, 1))
		s.send(&wire.Pingresp{})
		s.want(`SUBSCRIBE id=4 filters="b":1`)
		s.send(subackTo(4, 1))
		r.ok()

		w.after(time.Minute)
		w.onMsg = replace
		r = w.unsubscribe("a")
		s.want(`UNSUBSCRIBE id=5 filters="a"`)
		s.send(&wire.Publish{Topic: "a"})
		s.send(&wire.Unsuback{PacketID: 5})
		s.fin()
		s = w.join(61*time.Second, true, false)
		s.want(`SUBSCRIBE id=6 filters="a":1,"b":1`) // "a": Unsubscribe is not back yet
		s.send(subackTo(6, 1, 1))
		s.send(&wire.Pingresp{})
		s.want(`UNSUBSCRIBE id=7 filters="a"`)
		s.send(&wire.Unsuback{PacketID: 7})
		r.ok()
	})
}

// Nor does it count where the connection behind the one that found no session finds
// that one's.
func TestNestedReplacedTwice(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		w.onMsg = func(client.Message) {
			w.onMsg = nil
			for range 2 {
				if _, err := w.WaitMsg(w.ctx); err != nil {
					t.Error(err)
				}
			}
		}
		r := w.subscribe("b")
		s.want(`SUBSCRIBE id=2 filters="b":1`)
		s.send(&wire.Publish{Topic: "a"})
		s.send(subackTo(2, 1))
		s.fin()
		s = w.join(time.Second, false, false)
		s.want(`SUBSCRIBE id=3 filters="a":1`)
		s.fin()
		s = w.join(3*time.Second, false, true)
		s.want(`SUBSCRIBE id=4 filters="a":1`)
		s.send(subackTo(4, 1))
		s.send(&wire.Pingresp{})
		s.want(`SUBSCRIBE id=5 filters="b":1`)
		s.send(subackTo(5, 1))
		r.ok()
	})
}

// Nor does an answer to the subscriptions that are renewed. The call outside goes on
// with what the nested one has asked for.
func TestNestedReplacedResubscribe(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(true)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		s.fin()
		w.onMsg = func(client.Message) {
			w.onMsg = nil
			ctx, cancel := context.WithTimeout(w.ctx, 5*time.Second)
			defer cancel()
			if kind, err := w.WaitMsg(ctx); kind != client.KindAck || err != nil {
				t.Errorf("WaitMsg returned %v, %v", kind, err)
			}
			if _, err := w.WaitMsg(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("WaitMsg returned %v", err)
			}
		}
		r := w.wait()
		s = w.join(time.Second, true, false)
		s.want(`SUBSCRIBE id=2 filters="a":1`)
		s.send(&wire.Publish{Topic: "a"})
		s.send(subackTo(2, 1))
		s.fin()
		s = w.join(3*time.Second, true, false)
		s.want(`SUBSCRIBE id=3 filters="a":1`) // not answered in time
		w.after(3 * time.Second)
		w.at(6 * time.Second)
		s.silent()
		r.goesOn()
		s.send(subackTo(3, 1))
		r.gives(client.KindAck)
	})
}

// A SUBSCRIBE that the client could not send, as it found the end of the connection
// before, is not blamed for that end.
func TestUnsentRenewalNotBlamed(t *testing.T) {
	cfg := robust.Config{Config: client.Config{MaxDepth: 1, KeepAlive: 10 * time.Second}, PoisonAfter: 1}
	script(t, cfg, func(w *world) {
		const connect = `CONNECT level=4 clean=1 keepalive=10 id="c"`
		r := w.connect(true)
		s := w.accept(0, connect)
		s.send(&wire.Connack{})
		r.ok()
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		w.onMsg = func(client.Message) { // connects again, too deep for a SUBSCRIBE
			time.Sleep(11 * time.Second)
			if err := w.Ping(w.ctx); err != nil {
				t.Error(err)
			}
		}
		r = w.wait()
		s.send(&wire.Publish{Topic: "a", Payload: []byte("m")})
		w.after(time.Second)
		_ = s.Reset()
		s = w.accept(11*time.Second, connect)
		s.send(&wire.Connack{})
		s.want("PINGREQ")
		r.gives(client.KindMessage)
		_ = s.Reset()
		w.after(11 * time.Second)
		r = w.wait()
		s = w.accept(22*time.Second, connect)
		s.send(&wire.Connack{})
		s.want(`SUBSCRIBE id=2 filters="a":1`)
		s.send(subackTo(2, 1))
		w.untold()
		r.goesOn()
	})
}
