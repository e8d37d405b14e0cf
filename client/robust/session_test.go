package robust_test

import (
	"context"
	"net"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

// left is a client with one subscription and one message in flight, whose
// connection the caller has closed, at 1 s. The next connection cannot take the
// message; those after it can.
func (w *world) left() {
	w.Helper()
	s := w.joined(false)
	w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
	ctx, cancel := context.WithTimeout(w.ctx, time.Second)
	defer cancel()
	r := w.publishWith(ctx, "m", 1)
	s.want(publishText(2, false, "m"))
	r.fails(context.DeadlineExceeded)
	if err := w.Close(); err != nil {
		w.Fatal(err)
	}
	w.wrap = func(c net.Conn) net.Conn {
		w.wrap = nil
		return failingConn{c}
	}
}

// An attempt of a Connect finds no session and fails behind the CONNACK. The next
// one finds the session that it has left, in which there is nothing: the caller is
// told that there was none, and subscribes.
func TestConnectSessionOfItsOwn(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		w.left()
		r := w.connect(false)
		w.join(time.Second, false, false)
		s := w.join(2*time.Second, false, true)
		s.want(publishText(2, true, "m"))
		s.send(&wire.Puback{PacketID: 2})
		r.ok()
		if r.present {
			t.Error("Connect tells of a session that its own attempt began")
		}
		w.wantAttempts("0s: 1 after 0s", "1s: 1 after 0s, failed", "2s: 2 after 1s, resumed")
		w.wait().gives(client.KindAck)
		w.subscribed(s, 3, `SUBSCRIBE id=3 filters="b":1`, "b")
		w.after(time.Minute)
		s.fin()
		r = w.wait()
		s = w.join(62*time.Second, false, false)
		s.want(`SUBSCRIBE id=4 filters="b":1`) // "a" is forgotten
		r.goesOn()
	})
}

// If the Connect has failed altogether, nobody was told: what was subscribed before
// is asked for by the call that connects, and the next Connect tells.
func TestConnectSessionUntold(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		w.left()
		ctx, cancel := context.WithTimeout(w.ctx, 500*time.Millisecond)
		defer cancel()
		r := w.call(func(r *result) { r.present, r.err = w.Connect(ctx, false) })
		w.join(time.Second, false, false)
		r.fails(context.DeadlineExceeded)
		if r.present {
			t.Error("a Connect that failed tells of a session")
		}
		r = w.wait()
		s := w.join(2*time.Second, false, true)
		s.want(publishText(2, true, "m"))
		s.want(`SUBSCRIBE id=3 filters="a":1`)
		s.send(&wire.Puback{PacketID: 2})
		s.send(subackTo(3, 1))
		s.silent()
		s.send(&wire.Publish{Topic: "a"})
		r.gives(client.KindMessage)
		for _, want := range []bool{false, true} {
			r = w.connect(false)
			s = w.join(2*time.Second, false, true)
			r.ok()
			if r.present != want {
				t.Errorf("Connect tells session present %t, want %t", r.present, want)
			}
			s.silent()
		}
	})
}

// unanswered are ways in which a CONNECT is sent that may begin a session, and no
// CONNACK tells.
var unanswered = []struct {
	name string
	end  func(*server)
}{
	{"FIN", func(s *server) { s.fin() }},
	{"RST", func(s *server) { _ = s.Reset() }},
	{"half a CONNACK", func(s *server) { s.raw([]byte{0x20, 2, 0}); s.fin() }},
	{"silence", func(s *server) { s.ended() }},
	{"not a CONNACK", func(s *server) { s.send(&wire.Pingresp{}); s.ended() }},
	{"not such a CONNACK", func(s *server) { s.raw([]byte{0x20, 2, 0, 9}); s.ended() }},
}

// A session may have been lost, and another begun, by an attempt of which no CONNACK
// came: when the server then says that it has a session, the subscriptions are made
// again, once.
func TestConnackLost(t *testing.T) {
	for _, test := range unanswered {
		t.Run(test.name, func(t *testing.T) {
			script(t, robust.Config{Config: client.Config{ConnectTimeout: time.Second}}, func(w *world) {
				s := w.joined(false)
				w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
				w.after(time.Minute)
				s.fin()
				r := w.wait()
				test.end(w.accept(time.Minute, keepConnect))
				s = w.join(time.Since(w.start)+time.Second, false, true)
				s.want(`SUBSCRIBE id=2 filters="a":1`)
				s.send(subackTo(2, 1))
				w.after(time.Minute)
				s.fin()
				s = w.join(time.Since(w.start), false, true)
				s.silent()
				r.goesOn()
			})
		})
	}
}

// So may the first attempt of all, by which the caller goes in what it does next.
func TestConnackLostInConnect(t *testing.T) {
	for _, test := range unanswered {
		t.Run(test.name, func(t *testing.T) {
			script(t, robust.Config{Config: client.Config{ConnectTimeout: time.Second}}, func(w *world) {
				r := w.connect(false)
				test.end(w.accept(0, keepConnect))
				s := w.join(time.Since(w.start)+time.Second, false, true)
				r.ok()
				if r.present {
					t.Error("Connect tells of a session that its own attempt may have begun")
				}
				s.silent()
			})
		})
	}
}

// An attempt that did not get as far as its CONNECT, or was refused, began nothing.
func TestConnectBeganNothing(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		s.fin()
		w.notices()
		w.refuse = 1
		r := w.wait()
		s = w.accept(3*time.Second, keepConnect)
		s.send(&wire.Connack{Code: 3})
		s.ended()
		s = w.join(7*time.Second, false, true)
		s.silent()
		r.goesOn()
	})
}

// A session that began in a reconnect has what was remembered: a later Connect of the
// caller's that finds it says so.
func TestConnectAfterNewSession(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		s.fin()
		r := w.wait()
		s = w.join(time.Second, false, false)
		s.want(`SUBSCRIBE id=2 filters="a":1`)
		s.send(subackTo(2, 1))
		s.send(&wire.Publish{Topic: "a", Payload: []byte("m")})
		r.gives(client.KindMessage)
		r = w.connect(false)
		w.join(time.Second, false, true)
		r.ok()
		if !r.present {
			t.Error("Connect reports no session")
		}
	})
}
