package ref_test

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/subject/ref"
	"umqtt/harness/wire"
)

// message is a PUBLISH to the topic "t".
func message(qos byte, id uint16, payload string) *wire.Publish {
	return &wire.Publish{QoS: qos, PacketID: id, Topic: "t", Payload: []byte(payload)}
}

// playCallback is play with another callback.
func playCallback(t *testing.T, callback func(*server, ref.Message), script func(s *server)) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{t: t}
		s.c = ref.New(ref.Config{
			Dial: s.dial,
			OnMessage: func(m ref.Message) {
				s.got = append(s.got, string(m.Payload))
				callback(s, m)
			},
		})
		script(s)
		s.c.Abort()
		for _, c := range s.all() {
			c.Close()
		}
		settle()
	})
}

// A message is acknowledged after its callback, in the order of arrival [MQTT-4.6.0-2, MQTT-4.6.0-3]. One callback runs
// at a time.
func TestAcknowledgementsInOrder(t *testing.T) {
	var hold chan struct{}
	playCallback(t, func(*server, ref.Message) { <-hold }, func(s *server) {
		hold = make(chan struct{})
		s.connect(false)
		s.send(message(1, 9, "a"), message(2, 3, "b"), message(0, 0, "c"), message(1, 5, "d"))
		s.want()
		if diff := cmp.Diff([]string{"a"}, s.got); diff != "" {
			s.t.Errorf("messages while the first callback runs (-want +got):\n%s", diff)
		}
		hold <- struct{}{}
		s.want("PUBACK id=9")
		close(hold)
		s.want("PUBREC id=3", "PUBACK id=5")
		if diff := cmp.Diff([]string{"a", "b", "c", "d"}, s.got); diff != "" {
			s.t.Errorf("messages (-want +got):\n%s", diff)
		}
	})
}

// What was in its callback when its connection was lost is not acknowledged on the next one.
func TestNoAcknowledgementOnTheNextConnection(t *testing.T) {
	var hold chan struct{}
	playCallback(t, func(*server, ref.Message) { <-hold }, func(s *server) {
		hold = make(chan struct{})
		s.connect(false)
		s.send(message(1, 4, "m"))
		s.cut()
		s.connect(true)
		close(hold)
		s.want()
		s.send(message(1, 4, "m"))
		s.want("PUBACK id=4")
	})
}

// A callback may subscribe, wait for the answer, and publish. An identifier in use by one type of packet is passed
// over by the others [MQTT-2.3.1-2].
func TestCallsInTheCallback(t *testing.T) {
	playCallback(t, func(s *server, m ref.Message) {
		if string(m.Payload) != "go" {
			return
		}
		s.publish(1, "first")
		granted, err := s.c.Subscribe(s.t.Context(), ref.Filter{Topic: "u", QoS: 2})
		if diff := cmp.Diff([]byte{1}, granted); diff != "" || err != nil {
			s.t.Errorf("subscribe: %v, granted (-want +got):\n%s", err, diff)
		}
		s.publish(1, "then")
	}, func(s *server) {
		s.connect(false)
		s.send(message(1, 8, "go"))
		s.want(`PUBLISH qos=1 dup=0 retain=0 topic="t" id=1 payload="first"`, `SUBSCRIBE id=2 filters="u":2`)
		s.send(&wire.Suback{PacketID: 2, Codes: []byte{1}})
		s.want(`PUBLISH qos=1 dup=0 retain=0 topic="t" id=3 payload="then"`, "PUBACK id=8")
	})
}
