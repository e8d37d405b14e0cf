package ref_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/simnet"
	"umqtt/harness/subject/ref"
	"umqtt/harness/wire"
)

// A message at QoS 2 is done with PUBCOMP, not before [MQTT-4.3.3-1].
func TestPublishQoS2(t *testing.T) {
	play(t, ref.Habits{}, func(s *server) {
		s.connect(false)
		s.publish(2, "m")
		s.want(`PUBLISH qos=2 dup=0 retain=0 topic="t" id=1 payload="m"`)
		s.send(&wire.Pubrec{PacketID: 1})
		s.want("PUBREL id=1")
		s.send(&wire.Pubrec{PacketID: 1})
		s.want("PUBREL id=1")
		s.wantDone()
		s.send(&wire.Pubcomp{PacketID: 1})
		s.wantDone("m <nil>")
	})
}

// PUBREL is sent again in the order of the PUBRECs, then PUBLISH in its first order, with DUP [MQTT-4.4.0-1].
func TestRedelivery(t *testing.T) {
	play(t, ref.Habits{}, func(s *server) {
		s.connect(false)
		for _, m := range []string{"a", "b", "c", "d"} {
			s.publish(2, m)
		}
		s.publish(1, "e")
		s.want(`PUBLISH qos=2 dup=0 retain=0 topic="t" id=1 payload="a"`, `PUBLISH qos=2 dup=0 retain=0 topic="t" id=2 payload="b"`,
			`PUBLISH qos=2 dup=0 retain=0 topic="t" id=3 payload="c"`, `PUBLISH qos=2 dup=0 retain=0 topic="t" id=4 payload="d"`,
			`PUBLISH qos=1 dup=0 retain=0 topic="t" id=5 payload="e"`)
		s.send(&wire.Pubrec{PacketID: 3}, &wire.Pubrec{PacketID: 1})
		s.want("PUBREL id=3", "PUBREL id=1")
		s.cut()
		s.connect(true)
		s.want("PUBREL id=3", "PUBREL id=1",
			`PUBLISH qos=2 dup=1 retain=0 topic="t" id=2 payload="b"`, `PUBLISH qos=2 dup=1 retain=0 topic="t" id=4 payload="d"`,
			`PUBLISH qos=1 dup=1 retain=0 topic="t" id=5 payload="e"`)
		s.send(&wire.Pubcomp{PacketID: 3}, &wire.Puback{PacketID: 5})
		s.wantDone("c <nil>", "e <nil>")
	})
}

// A message at QoS 2 is passed on once, over a lost connection too; after its PUBREL the identifier is free
// [MQTT-4.3.3-2].
func TestReceiveQoS2(t *testing.T) {
	for name, h := range map[string]ref.Habits{"at the PUBLISH": {}, "at the PUBREL": {DeliversReleased: true}} {
		t.Run(name, func(t *testing.T) {
			play(t, h, func(s *server) {
				s.connect(false)
				m := &wire.Publish{Topic: "t", QoS: 2, PacketID: 7, Payload: []byte("m")}
				s.send(m)
				s.want("PUBREC id=7")
				if (len(s.got) == 1) == h.DeliversReleased {
					t.Errorf("got %q with the PUBLISH", s.got)
				}
				s.cut()
				s.connect(true)
				m.Dup = true
				s.send(m)
				s.want("PUBREC id=7")
				s.send(&wire.Pubrel{PacketID: 7})
				s.want("PUBCOMP id=7")
				s.send(&wire.Publish{Topic: "t", QoS: 2, PacketID: 7, Payload: []byte("n")}, &wire.Pubrel{PacketID: 7})
				s.want("PUBREC id=7", "PUBCOMP id=7")
				if diff := cmp.Diff([]string{"m", "n"}, s.got); diff != "" {
					t.Errorf("messages (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// What breaks a rule closes the connection [MQTT-4.8.0-1], and an answer that nobody waits for does so where it can only be
// wrong.
func TestViolations(t *testing.T) {
	for name, bad := range map[string]wire.Packet{
		"a second CONNACK":                 &wire.Connack{},
		"a packet of the client's":         &wire.Pingreq{},
		"SUBACK of nothing":                &wire.Suback{PacketID: 9, Codes: []byte{0}},
		"UNSUBACK of nothing":              &wire.Unsuback{PacketID: 9},
		"PUBACK with identifier 0":         &wire.Puback{},
		"PUBACK for a message at QoS 2":    &wire.Puback{PacketID: 1},
		"PUBCOMP before the PUBREC":        &wire.Pubcomp{PacketID: 1},
		"a message with a wildcard in its": &wire.Publish{Topic: "a/#"},
		"a message at QoS 3":               &wire.Publish{Topic: "t", QoS: 3, PacketID: 1},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, ref.Habits{}, func(s *server) {
				s.connect(false)
				s.publish(2, "m")
				s.want(`PUBLISH qos=2 dup=0 retain=0 topic="t" id=1 payload="m"`)
				s.send(bad)
				if err := s.c.Lost(s.t.Context()); !errors.Is(err, ref.ErrProtocol) {
					t.Errorf("lost for %v, want ErrProtocol", err)
				}
				if s.all()[0].Ended() == simnet.Open {
					t.Error("the connection is open")
				}
			})
		})
	}
}

// An acknowledgement of nothing is ignored; PUBREC is answered, so that the server can end its exchange.
func TestStrayAcknowledgements(t *testing.T) {
	play(t, ref.Habits{}, func(s *server) {
		s.connect(false)
		s.send(&wire.Puback{PacketID: 9}, &wire.Pubcomp{PacketID: 9}, &wire.Pubrec{PacketID: 9}, &wire.Pingresp{})
		s.want("PUBREL id=9")
	})
	play(t, ref.Habits{Doubts: true, SaysGoodbye: true}, func(s *server) {
		s.connect(false)
		s.send(&wire.Puback{PacketID: 9})
		s.want("DISCONNECT")
	})
}

// What may not be sent is refused before a byte is written.
func TestValidation(t *testing.T) {
	play(t, ref.Habits{}, func(s *server) {
		s.connect(false)
		long := strings.Repeat("x", 65536)
		for _, topic := range []string{"", "a/#", "+", "a\x00b", "\xff", long} {
			s.done = nil
			s.c.Publish(s.t.Context(), ref.Message{Topic: topic}, func(err error) { s.done = append(s.done, fmt.Sprint(errors.Is(err, ref.ErrInvalid))) })
			s.wantDone("true")
		}
		for _, filter := range []string{"", "a#", "#/a", "a+", "\xff", long} {
			if _, err := s.c.Subscribe(s.t.Context(), ref.Filter{Topic: filter}); !errors.Is(err, ref.ErrInvalid) {
				t.Errorf("subscribe %.9q: %v, want ErrInvalid", filter, err)
			}
			if err := s.c.Unsubscribe(s.t.Context(), filter); !errors.Is(err, ref.ErrInvalid) {
				t.Errorf("unsubscribe %.9q: %v, want ErrInvalid", filter, err)
			}
		}
		for _, o := range []ref.Options{
			{}, {ClientID: "c1", KeepAlive: time.Millisecond}, {ClientID: "c1", KeepAlive: 65536 * time.Second}, {ClientID: "c1", Password: []byte("p")},
			{ClientID: "c1", Will: &ref.Message{Topic: "t", QoS: 3}}, {ClientID: "\x00"},
		} {
			if _, err := s.c.Connect(s.t.Context(), o); !errors.Is(err, ref.ErrInvalid) {
				t.Errorf("connect %+v: %v, want ErrInvalid", o, err)
			}
		}
		s.want()
	})
}

// Identifiers are drawn as the habit says, never 0 and never one in use [MQTT-2.3.1-1, MQTT-2.3.1-2].
func TestIdentifiers(t *testing.T) {
	ids := func(h ref.Habits, n int) (all []int) {
		play(t, h, func(s *server) {
			s.connect(false)
			for range n {
				s.c.Publish(s.t.Context(), ref.Message{Topic: "t", QoS: 1}, func(error) {})
			}
			settle()
			b := make([]byte, 1<<20)
			n, _ := s.all()[0].TryRead(b)
			s.framer.Write(b[:n])
			for frame, _ := s.framer.Next(); frame != nil; frame, _ = s.framer.Next() {
				q, _ := wire.Decode(frame)
				all = append(all, int(q.(*wire.Publish).PacketID))
			}
		})
		return all
	}
	for _, tt := range []struct {
		habits ref.Habits
		want   []int
	}{
		{ref.Habits{}, []int{1, 2, 3}},
		{ref.Habits{CountDown: true}, []int{65535, 65534, 65533}},
		{ref.Habits{FirstID: 65535}, []int{65535, 1, 2}},
		{ref.Habits{FirstID: 40000}, []int{40000, 40001, 40002}},
	} {
		if diff := cmp.Diff(tt.want, ids(tt.habits, 3)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.habits, diff)
		}
	}
	seen := map[int]bool{}
	for _, id := range ids(ref.Habits{RandomIDs: true}, 2000) {
		if id == 0 || seen[id] {
			t.Errorf("identifier %d is 0 or in use", id)
		}
		seen[id] = true
	}
}

// A client that makes connections again keeps what is published meanwhile at QoS 1, and stops at a refusal
// that is final.
func TestReconnects(t *testing.T) {
	play(t, ref.Habits{Reconnects: true}, func(s *server) {
		s.connect(false)
		s.cut()
		s.publish(0, "z")
		s.publish(1, "m")
		s.wantDone("z not connected")
		time.Sleep(2 * time.Second)
		s.want(`CONNECT level=4 clean=0 keepalive=0 id="c1"`)
		s.send(&wire.Connack{Code: 3}) // unavailable
		s.framer.Reset()
		time.Sleep(2 * time.Second)
		s.want(`CONNECT level=4 clean=0 keepalive=0 id="c1"`)
		s.send(&wire.Connack{})
		s.want(`PUBLISH qos=1 dup=0 retain=0 topic="t" id=1 payload="m"`)
		s.cut()
		time.Sleep(2 * time.Second)
		s.want(`CONNECT level=4 clean=0 keepalive=0 id="c1"`)
		s.send(&wire.Connack{Code: 5})
		if err := s.c.Lost(s.t.Context()); !errors.Is(err, ref.ErrRefused) {
			t.Errorf("lost for %v, want ErrRefused", err)
		}
		if n := len(s.all()); n != 4 {
			t.Errorf("%d connections, want 4", n)
		}
	})
}
