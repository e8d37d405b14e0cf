package robust_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

// subscribed subscribes on a connection, whose packet identifier id is next.
func (w *world) subscribed(s *server, id uint16, want string, names ...string) {
	w.Helper()
	r := w.subscribe(names...)
	s.want(want)
	granted := make([]byte, len(names))
	for i, f := range filtersOf(names) {
		granted[i] = f.QoS
	}
	s.send(subackTo(id, granted...))
	r.ok()
}

// When the server has no session, one SUBSCRIBE asks for everything again, with the
// same QoS and before anything new. When it has the session, none does.
func TestResubscribe(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1,"b":0`, "a", "b-")
		w.subscribed(s, 2, `SUBSCRIBE id=2 filters="c":0`, "c-")
		w.subscribed(s, 3, `SUBSCRIBE id=3 filters="c":1`, "c")
		w.after(time.Minute)
		s.fin()
		w.notices()

		r := w.publish("x", 0)
		s = w.join(time.Minute, false, false)
		s.want(`SUBSCRIBE id=4 filters="a":1,"b":0,"c":1`)
		s.silent()
		s.send(subackTo(4, 1, 0, 1))
		s.want(`PUBLISH qos=0 dup=0 retain=0 topic="t" payload="x"`)
		r.ok()
		if !w.NextDue().IsZero() {
			t.Error("something is due although all is done")
		}
		w.after(time.Minute)
		s.fin()

		r = w.wait()
		s = w.join(2*time.Minute, false, true)
		s.silent()
		r.goesOn()
	})
}

// A clean session has no subscriptions ever.
func TestResubscribeCleanSession(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(true)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		s.fin()
		r := w.wait()
		s = w.join(time.Second, true, false)
		s.want(`SUBSCRIBE id=2 filters="a":1`)
		s.send(subackTo(2, 1))
		s.send(&wire.Publish{Topic: "a", Payload: []byte("hi")})
		r.gives(client.KindMessage)
	})
}

// What the new session still lacked when its connection was lost is asked for on
// the next one, although the server then says that it has the session.
func TestResubscribeInterrupted(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		s.fin()
		r := w.wait()
		s = w.join(time.Second, false, false)
		s.want(`SUBSCRIBE id=2 filters="a":1`)
		s.fin()
		s = w.join(3*time.Second, false, true)
		s.want(`SUBSCRIBE id=3 filters="a":1`)
		s.send(subackTo(3, 1))
		s.silent()
		r.goesOn()
	})
}

// SUBSCRIBE and UNSUBSCRIBE that a lost connection interrupts are completed on the
// next one.
func TestRequestInterrupted(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(false)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1`, "a")
		r := w.subscribe("b")
		s.want(`SUBSCRIBE id=2 filters="b":1`)
		s.fin()
		s = w.join(time.Second, false, false)
		s.want(`SUBSCRIBE id=3 filters="a":1`)
		s.send(subackTo(3, 1))
		s.want(`SUBSCRIBE id=4 filters="b":1`)
		r.goesOn()
		s.send(subackTo(4, 1))
		r.ok()

		w.after(time.Minute)
		r = w.unsubscribe("a")
		s.want(`UNSUBSCRIBE id=5 filters="a"`)
		s.fin()
		s = w.join(61*time.Second, false, false)
		s.want(`SUBSCRIBE id=6 filters="b":1`) // "a" is forgotten already
		s.send(subackTo(6, 1))
		s.want(`UNSUBSCRIBE id=7 filters="a"`)
		r.goesOn()
		s.send(&wire.Unsuback{PacketID: 7})
		r.ok()
	})
}

// A subscription that the server refuses the second time is forgotten and reported.
func TestResubscribeRefused(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(true)
		w.subscribed(s, 1, `SUBSCRIBE id=1 filters="a":1,"b":1`, "a", "b")
		s.fin()
		w.notices()
		r := w.publish("x", 0)
		s = w.join(time.Second, true, false)
		s.want(`SUBSCRIBE id=2 filters="a":1,"b":1`)
		s.send(subackTo(2, client.Refused, 1))
		s.want(`PUBLISH qos=0 dup=0 retain=0 topic="t" payload="x"`)
		r.ok()
		if e := toldAs[*robust.ResubscribeError](w); e.Filter != "a" {
			t.Errorf("the filter is %q", e.Filter)
		}
		w.after(time.Minute)
		s.fin()
		r = w.wait()
		s = w.join(61*time.Second, true, false)
		s.want(`SUBSCRIBE id=3 filters="b":1`)
		r.goesOn()
	})
}

// Filters that would make a SUBACK above MaxPacket go in several packets.
func TestResubscribeMany(t *testing.T) {
	script(t, robust.Config{Config: client.Config{MaxPacket: 128}}, func(w *world) {
		s := w.joined(true)
		id := uint16(0)
		for i := range 130 {
			r := w.subscribe(string(rune(0x4e00 + i)))
			s.next()
			id++
			s.send(subackTo(id, 1))
			r.ok()
		}
		s.fin()
		r := w.wait()
		s = w.join(time.Second, true, false)
		for _, n := range []int{121, 9} {
			p, err := wire.Decode(s.next())
			if err != nil {
				t.Fatal(err)
			}
			sub, ok := p.(*wire.Subscribe)
			if !ok || len(sub.Filters) != n {
				t.Fatalf("the server got %v, want a SUBSCRIBE of %d filters", p, n)
			}
			s.send(subackTo(sub.PacketID, make([]byte, n)...))
		}
		r.goesOn()
	})
}

// So many bytes of filters go into one SUBSCRIBE, and no more: each counts with its
// length and its QoS.
func TestResubscribeBytes(t *testing.T) {
	const most = 64 << 10
	for _, over := range []int{0, 1} {
		script(t, robust.Config{}, func(w *world) {
			s := w.joined(true)
			long := []string{strings.Repeat("a", most/2), strings.Repeat("b", most/2-6+over), "c"}
			for i, f := range long {
				r := w.subscribe(f)
				for s.next() == nil {
				}
				s.send(subackTo(uint16(i+1), 1))
				r.ok()
			}
			s.fin()
			r := w.wait()
			s = w.join(time.Second, true, false)
			want := [][]string{long[:2], long[2:]}
			if over > 0 {
				want = [][]string{long[:1], long[1:]}
			}
			for _, filters := range want {
				p, err := wire.Decode(s.next())
				if err != nil {
					t.Fatal(err)
				}
				sub := p.(*wire.Subscribe)
				if len(sub.Filters) != len(filters) || sub.Filters[0].Filter != filters[0] {
					t.Fatalf("a SUBSCRIBE of %d filters, want %d", len(sub.Filters), len(filters))
				}
				s.send(subackTo(sub.PacketID, make([]byte, len(filters))...))
			}
			s.silent()
			r.goesOn()
		})
	}
}

// A filter may be as long as a SUBSCRIBE of its own may be, and is asked for alone.
func TestResubscribeLongest(t *testing.T) {
	const longest = 65535
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(true)
		filters := []string{"a", strings.Repeat("b", longest), "c"}
		for i, f := range filters {
			r := w.subscribe(f)
			s.next()
			s.send(subackTo(uint16(i+1), 1))
			r.ok()
		}
		s.fin()
		r := w.wait()
		s = w.join(time.Second, true, false)
		for _, f := range filters {
			p, err := wire.Decode(s.next())
			if err != nil {
				t.Fatal(err)
			}
			sub, ok := p.(*wire.Subscribe)
			if !ok || len(sub.Filters) != 1 || sub.Filters[0].Filter != f {
				t.Fatalf("the server did not get a SUBSCRIBE for the filter of %d bytes alone", len(f))
			}
			s.send(subackTo(sub.PacketID, 1))
		}
		s.silent()
		r.goesOn()
	})
}

// Names of any length tell the message that is blamed.
func TestPoisonLongTopic(t *testing.T) {
	script(t, robust.Config{PoisonAfter: 1, Config: client.Config{AckTimeout: time.Second}}, func(w *world) {
		s := w.joined(false)
		topic := strings.Repeat("long/", 100)
		r := w.call(func(r *result) { r.err = w.Publish(w.ctx, []byte(topic), nil, 1, false) })
		s.want(`PUBLISH qos=1 dup=0 retain=0 topic=500B id=1 payload=""`)
		s.fin()
		wantPoison(r, 1, 1)
	})
}

// A concurrent Subscribe fails, and nothing is asked for.
func TestSubscribeConcurrent(t *testing.T) {
	script(t, robust.Config{}, func(w *world) {
		s := w.joined(true)
		r := w.wait()
		r.goesOn()
		for _, err := range []error{
			w.subscribe("a").error(), w.unsubscribe("a").error(), w.publish("m", 0).error(), w.Hold(), w.Flush(w.ctx), w.WaitAcks(w.ctx),
		} {
			if !errors.Is(err, client.ErrConcurrent) {
				t.Errorf("got %v, want ErrConcurrent", err)
			}
		}
		if _, err := w.post("m"); !errors.Is(err, client.ErrConcurrent) {
			t.Error(err)
		}
		s.silent()
	})
}

// A timed-out SUBSCRIBE is reported and not remembered.
func TestSubscribeTimeout(t *testing.T) {
	script(t, robust.Config{Config: client.Config{AckTimeout: time.Second}}, func(w *world) {
		s := w.joined(true)
		r := w.subscribe("a")
		s.want(`SUBSCRIBE id=1 filters="a":1`)
		r.fails(client.ErrTimeout)
		w.at(time.Second)
		if errors.Is(r.err, robust.ErrGaveUp) {
			t.Error("the policy has no limit")
		}
		s.fin()
		r = w.wait()
		s = w.join(2*time.Second, true, false)
		s.silent()
		r.goesOn()
	})
}
