package ref_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"umqtt/harness/subject/ref"
	"umqtt/harness/wire"
)

// Identifiers counted apart may be equal only one after another: one in use is passed over [MQTT-2.3.1-2].
func TestIdentifiersByKind(t *testing.T) {
	play(t, ref.Habits{IDsByKind: true}, func(s *server) {
		s.connect(false)
		s.publish(1, "a")
		s.want(`PUBLISH qos=1 dup=0 retain=0 topic="t" id=1 payload="a"`)
		go s.c.Subscribe(s.t.Context(), ref.Filter{Topic: "t"})
		s.want(`SUBSCRIBE id=2 filters="t":0`)
		s.send(&wire.Suback{PacketID: 2, Codes: []byte{0}}, &wire.Puback{PacketID: 1})
		s.publish(1, "b")
		s.want(`PUBLISH qos=1 dup=0 retain=0 topic="t" id=2 payload="b"`)
		go s.c.Unsubscribe(s.t.Context(), "t")
		s.want(`UNSUBSCRIBE id=1 filters="t"`)
		s.send(&wire.Unsuback{PacketID: 1})
	})
}

// Late PUBRELs keep the order of the PUBRECs, those of forgotten exchanges among them [MQTT-4.6.0-4]. After a
// lost connection each comes once, at once.
func TestReleasesLate(t *testing.T) {
	play(t, ref.Habits{ReleaseAfter: time.Second}, func(s *server) {
		s.connect(false)
		s.publish(2, "a")
		s.publish(2, "b")
		s.want(`PUBLISH qos=2 dup=0 retain=0 topic="t" id=1 payload="a"`, `PUBLISH qos=2 dup=0 retain=0 topic="t" id=2 payload="b"`)
		s.send(&wire.Pubrec{PacketID: 2}, &wire.Pubrec{PacketID: 9}, &wire.Pubrec{PacketID: 1})
		s.want()
		time.Sleep(time.Second)
		s.want("PUBREL id=2", "PUBREL id=9", "PUBREL id=1")
		s.send(&wire.Pubcomp{PacketID: 2}, &wire.Pubcomp{PacketID: 1})
		s.wantDone("b <nil>", "a <nil>")

		s.publish(2, "c")
		s.want(`PUBLISH qos=2 dup=0 retain=0 topic="t" id=3 payload="c"`)
		s.send(&wire.Pubrec{PacketID: 3})
		s.cut()
		s.connect(true)
		s.want("PUBREL id=3")
		s.send(&wire.Pubcomp{PacketID: 3})
		time.Sleep(time.Minute)
		s.want()
	})
}

// A late PUBCOMP belongs to the connection of its PUBREL. The message is delivered once.
func TestCompletesLate(t *testing.T) {
	play(t, ref.Habits{CompleteAfter: time.Second}, func(s *server) {
		s.connect(false)
		s.send(&wire.Publish{Topic: "t", QoS: 2, PacketID: 7, Payload: []byte("m")})
		s.want("PUBREC id=7")
		s.send(&wire.Pubrel{PacketID: 7})
		s.want()
		s.cut()
		s.connect(true)
		time.Sleep(time.Minute)
		s.want()
		s.send(&wire.Pubrel{PacketID: 7})
		time.Sleep(time.Second)
		s.want("PUBCOMP id=7")
		if len(s.got) != 1 {
			s.t.Errorf("got %q, want one message", s.got)
		}
	})
}

// A client that gives up makes no attempt after a refusal with code 3.
func TestGivesUp(t *testing.T) {
	play(t, ref.Habits{Reconnects: true, GivesUp: true}, func(s *server) {
		s.connect(false)
		s.cut()
		time.Sleep(2 * time.Second)
		s.want(`CONNECT level=4 clean=0 keepalive=0 id="c1"`)
		s.send(&wire.Connack{Code: 3})
		ctx, cancel := context.WithTimeout(s.t.Context(), time.Hour)
		defer cancel()
		if err := s.c.Lost(ctx); !errors.Is(err, ref.ErrRefused) {
			s.t.Errorf("lost for %v, want ErrRefused", err)
		}
		time.Sleep(time.Hour)
		settle()
		if n := len(s.all()); n != 2 {
			s.t.Errorf("%d connections, want 2", n)
		}
	})
}

// A client that connects again at once does not do so behind a connection that was not accepted, even when it does
// not wait for the CONNACK: else a server that closes at once would keep it busy for ever.
func TestAtOnceOnlyWhenAccepted(t *testing.T) {
	play(t, ref.Habits{Reconnects: true, AtOnce: true, Hasty: true}, func(s *server) {
		if _, err := s.c.Connect(s.t.Context(), ref.Options{ClientID: "c1"}); err != nil {
			s.t.Fatal(err)
		}
		s.want(`CONNECT level=4 clean=0 keepalive=0 id="c1"`)
		s.send(&wire.Connack{})
		s.cut()
		if n := len(s.all()); n != 2 {
			s.t.Errorf("%d connections at once, want 2", n)
		}
		s.want(`CONNECT level=4 clean=0 keepalive=0 id="c1"`)
		s.cut()
		if n := len(s.all()); n != 2 {
			s.t.Errorf("%d connections behind one that was not accepted, want 2", n)
		}
		time.Sleep(2 * time.Second)
		settle()
		if n := len(s.all()); n != 3 {
			s.t.Errorf("%d connections two seconds later, want 3", n)
		}
	})
}
