package mutant

import (
	"context"
	"sync/atomic"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// reported lists mutants with a fault that users of other clients have reported and that no other mutant has.
func reported() []Mutant {
	return []Mutant{
		{
			Name: "topic-length-of-one-byte", Doc: "reads the low byte only of the length of a topic name",
			Violates: []string{"2.2.3-must-2", "api-delivery-1"}, Subjects: connected,
			Rewrite: edit(wire.ToClient, func(m *wire.Publish) {
				if n := len(m.Topic); m.QoS == 0 && n > 0xff {
					m.Topic, m.Payload = m.Topic[:n&0xff], append([]byte(m.Topic[n&0xff:]), m.Payload...)
				}
			}),
		},
		{
			Name: "inbound-length-of-two-bytes", Doc: "reads two bytes only of a remaining length, and loses what a message has beyond that",
			Violates: []string{"2.2.3-must-2"}, Subjects: connected,
			Rewrite: edit(wire.ToClient, func(m *wire.Publish) {
				if n := len(m.Append(nil)); n > 1<<14 {
					m.Payload = m.Payload[:min(len(m.Payload), n&(1<<14-1))]
				}
			}),
		},
		{
			Name: "subscribes-to-all-again", Doc: "names in each SUBSCRIBE all filters that it has named before",
			Violates: []string{"umqtt-resubscribe-1"}, Subjects: qos1,
			Rewrite: subscribesToAllAgain,
		},
		{
			Name: "disconnect-waits-for-the-lost", Doc: "waits in disconnect for what had ended with a lost connection",
			Violates: []string{"api-outcome-2"}, Subjects: reconnecting,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject {
				w := &waiter{Subject: s}
				subject.SetHabits(s, subject.Habits{Dialling: func() { w.dials.Add(1) }})
				return w
			},
		},
		{
			Name: "puback-low-byte", Doc: "takes a PUBACK for that of the message whose packet id has the same low byte",
			Violates: []string{"MQTT-4.3.2-1", "MQTT-2.3.1-6", "api-outcome-1"}, Subjects: qos1,
			Rewrite: pubackOf(func(open flight, a *wire.Puback) {
				for _, m := range open {
					if open.index(a.PacketID) < 0 && byte(m.PacketID) == byte(a.PacketID) {
						a.PacketID = m.PacketID
					}
				}
			}),
		},
		{
			Name: "forgotten-after-a-refusal", Doc: "forgets what is in flight when a CONNACK refuses its next connection",
			Violates: []string{"MQTT-4.4.0-1"}, Subjects: qos1,
			Rewrite: forgottenAfterRefusal,
		},
		{
			Name: "pubrel-again-closes", Doc: "closes the connection at a PUBREL whose exchange is over",
			Violates: []string{"MQTT-4.3.3-2"}, Subjects: qos2,
			Rewrite: unknownPubrel(true, []byte{0, 0}),
		},
		{
			Name: "lost-session-unanswered", Doc: "does not answer a message under an id that it has received in a session which the server has lost",
			Violates: []string{"MQTT-4.3.3-2"}, Subjects: qos2,
			Rewrite: lostSessionUnanswered,
		},
	}
}

// subscribesToAllAgain puts the filters so far before those of each SUBSCRIBE, and takes their return codes away.
func subscribesToAllAgain() Rewrite {
	var known subscribed
	added := map[uint16]int{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if s, ok := decode[*wire.Subscribe](p, wire.ToServer); ok {
			before := known.now
			known.saw(p)
			added[s.PacketID] = len(before)
			s.Filters = append(append([]wire.Subscription{}, before...), s.Filters...)
			p.Data = s.Append(nil)
			return []fault.Packet{p}
		}
		known.saw(p)
		if a, ok := decode[*wire.Suback](p, wire.ToClient); ok {
			if n := added[a.PacketID]; n < len(a.Codes) {
				a.Codes = a.Codes[n:]
				p.Data = a.Append(nil)
			}
		}
		return []fault.Packet{p}
	}}
}

// waiter does not return from Disconnect once its subject has had to connect again.
type waiter struct {
	subject.Subject
	dials atomic.Int64
}

func (w *waiter) Disconnect(ctx context.Context) error {
	err := w.Subject.Disconnect(ctx)
	if w.dials.Load() > 1 {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

// forgottenAfterRefusal takes away what is sent again of what was in flight when a CONNACK refused.
func forgottenAfterRefusal() Rewrite {
	var open flight
	forgotten := map[uint16]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if a, ok := decode[*wire.Connack](p, wire.ToClient); ok && a.Code != 0 {
			for _, m := range open {
				forgotten[m.PacketID] = true
			}
		}
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.Dup && forgotten[m.PacketID] {
			return nil
		}
		open.see(p)
		return []fault.Packet{p}
	}}
}

// lostSessionUnanswered takes away messages whose ids were received before a CONNACK without session present.
func lostSessionUnanswered() Rewrite {
	received, stale := map[uint16]bool{}, map[uint16]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if a, ok := decode[*wire.Connack](p, wire.ToClient); ok && p.Conn > 1 && !a.SessionPresent {
			for id := range received {
				stale[id] = true
			}
		}
		if r, ok := decode[*wire.Pubrel](p, wire.ToClient); ok {
			delete(received, r.PacketID)
		}
		if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 2 {
			if stale[m.PacketID] {
				return nil
			}
			received[m.PacketID] = true
		}
		return []fault.Packet{p}
	}}
}
