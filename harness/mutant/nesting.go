package mutant

import (
	"context"
	"slices"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// nesting lists mutants that get wrong what happens while a callback runs, or a call waits.
func nesting() []Mutant {
	return []Mutant{
		{
			Name: "puback-on-arrival", Doc: "acknowledges a message when it arrives, before its callback",
			Violates: []string{"umqtt-nesting-2"}, Subjects: qos1,
			Rewrite: each(func(p fault.Packet) []fault.Packet {
				packets := []fault.Packet{p}
				if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 1 {
					packets = append(packets, fault.Packet{Dir: wire.ToServer, Data: (&wire.Puback{PacketID: m.PacketID}).Append(nil)})
				}
				if _, ok := decode[*wire.Puback](p, wire.ToServer); ok {
					return nil
				}
				return packets
			}),
		},
		{
			Name: "puback-on-the-next-connection", Doc: "acknowledges the messages of a lost connection on the one that follows",
			Violates: []string{"umqtt-nesting-3"}, Subjects: qos1,
			Rewrite: ackOnNext,
		},
		{
			Name: "deaf-while-waiting", Doc: "loses the QoS 0 messages that come while a publish waits for its PUBACK",
			Violates: []string{"api-delivery-1"}, Subjects: qos1,
			Rewrite: deafWhileWaiting,
		},
		{
			Name: "deaf-until-subscribed", Doc: "passes over the messages of a connection on which it has not subscribed to anything yet",
			Violates: []string{"MQTT-4.5.0-2", "MQTT-4.3.2-2"}, Subjects: qos1,
			Rewrite: deafUntilSubscribed,
		},
		{
			Name: "closed-inside-is-done", Doc: "reports a publish as done when its callback has closed the connection",
			Violates: []string{"umqtt-nesting-4", "MQTT-4.3.2-1"}, Subjects: manual,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return &content{Subject: s} },
		},
	}
}

// ackOnNext sends the PUBACKs that are missing when a connection ends behind the next CONNACK.
func ackOnNext() Rewrite {
	conn := 0
	var owed []uint16
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		packets := []fault.Packet{p}
		if a, ok := decode[*wire.Connack](p, wire.ToClient); ok && a.Code == 0 && p.Conn != conn {
			for _, id := range owed {
				packets = append(packets, fault.Packet{Dir: wire.ToServer, Data: (&wire.Puback{PacketID: id}).Append(nil)})
			}
			conn, owed = p.Conn, nil
		}
		if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 1 {
			owed = append(owed, m.PacketID)
		}
		if a, ok := decode[*wire.Puback](p, wire.ToServer); ok {
			owed = slices.DeleteFunc(owed, func(id uint16) bool { return id == a.PacketID })
		}
		return packets
	}}
}

// deafWhileWaiting takes away QoS 0 messages for the subject while it has something in flight.
func deafWhileWaiting() Rewrite {
	var open flight
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		open.see(p)
		if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 0 && len(open) > 0 {
			return nil
		}
		return []fault.Packet{p}
	}}
}

// deafUntilSubscribed takes away messages in front of a connection's first SUBSCRIBE.
func deafUntilSubscribed() Rewrite {
	subscribed := map[int]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if p.Dir == wire.ToServer && wire.TypeOf(p.Data) == wire.SUBSCRIBE {
			subscribed[p.Conn] = true
		}
		if p.Dir == wire.ToClient && wire.TypeOf(p.Data) == wire.PUBLISH && !subscribed[p.Conn] {
			return nil
		}
		return []fault.Packet{p}
	}}
}

// content reports success of every publish in which the connection was dropped.
type content struct {
	subject.Subject
	dropped bool
}

func (s *content) Abort() error {
	s.dropped = true
	return s.Subject.Abort()
}

func (s *content) Publish(ctx context.Context, m subject.Message, done func(error)) {
	s.dropped = false
	reported := false
	once := func(err error) {
		if !reported {
			reported = true
			done(err)
		}
	}
	s.Subject.Publish(ctx, m, once)
	if s.dropped {
		once(nil)
	}
}
