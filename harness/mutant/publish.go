package mutant

import (
	"context"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// publishing lists mutants that get the first sending of a PUBLISH wrong, or what acknowledges it.
func publishing() []Mutant {
	return []Mutant{
		{
			Name: "qos0-dup", Doc: "sets DUP at QoS 0",
			Violates: []string{"MQTT-3.3.1-2", "MQTT-4.3.1-1"}, Subjects: connected,
			Rules: rules(sent(wire.PUBLISH, is{"qos": 0}), fault.Corrupt{Byte: 0, Xor: 0x08}),
		},
		{
			Name: "qos0-packet-id", Doc: "puts a packet id into a PUBLISH at QoS 0",
			Violates: []string{"MQTT-2.3.1-5"}, Subjects: connected,
			Rewrite: edit(wire.ToServer, func(m *wire.Publish) {
				if m.QoS == 0 {
					m.Payload = append([]byte{0, 1}, m.Payload...)
				}
			}),
		},
		{
			Name: "topic-not-utf8", Doc: "publishes to a topic name that is not UTF-8",
			Violates: []string{"MQTT-3.3.2-1", "MQTT-1.5.3-1"}, Subjects: connected,
			Rewrite: edit(wire.ToServer, func(m *wire.Publish) { m.Topic += "\xff" }),
		},
		{
			Name: "retain-lost", Doc: "publishes messages to be retained without RETAIN",
			Violates: []string{"MQTT-3.3.1-5"}, Subjects: connected,
			Rules: rules(sent(wire.PUBLISH, is{"retain": true}), set(is{"retain": false})),
		},
		{
			Name: "first-dup", Doc: "sets DUP the first time it sends a message",
			Violates: []string{"MQTT-4.3.2-1"}, Subjects: qos1,
			Rules: rules(sent(wire.PUBLISH, is{"qos": 1, "dup": false}), set(is{"dup": true})),
		},
		{
			Name: "packet-id-zero", Doc: "publishes with packet id 0",
			Violates: []string{"MQTT-2.3.1-1"}, Subjects: qos1,
			Rules: rules(sent(wire.PUBLISH, is{"qos": 1}), set(is{"packet_id": 0})),
		},
		{
			Name: "packet-id-in-use", Doc: "publishes every message under packet id 1",
			Violates: []string{"MQTT-2.3.1-2"}, Subjects: qos1,
			Rules: rules(sent(wire.PUBLISH, is{"qos": 1}), set(is{"packet_id": 1})),
		},
		{
			Name: "publish-qos3", Doc: "publishes QoS 1 messages with both QoS bits set",
			Violates: []string{"MQTT-3.3.1-4"}, Subjects: qos1,
			Rules: rules(sent(wire.PUBLISH, is{"qos": 1}), set(is{"qos": 3})),
		},
		{
			Name: "success-before-ack", Doc: "reports a QoS 1 publish as done before its PUBACK came",
			Violates: []string{"MQTT-4.3.2-1", "api-outcome-1"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return hasty{s} },
		},
		{
			Name: "any-puback", Doc: "takes any PUBACK for that of its newest message",
			Violates: []string{"MQTT-4.3.2-1", "MQTT-2.3.1-6"}, Subjects: qos1,
			Rewrite: anyAck(wire.PUBLISH, wire.PUBACK),
		},
	}
}

// hasty reports success of every publish before it has begun.
type hasty struct{ subject.Subject }

func (h hasty) Publish(ctx context.Context, m subject.Message, done func(error)) {
	done(nil)
	h.Subject.Publish(ctx, m, func(error) {})
}

// anyAck gives every acknowledgement of one type the id of the newest request.
func anyAck(request, ack wire.Type) func() Rewrite {
	return func() Rewrite {
		var newest any
		return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
			q, err := wire.Decode(p.Data)
			if p.Raw || err != nil {
				return []fault.Packet{p}
			}
			id, _ := wire.Get(q, "packet_id")
			switch {
			case id == nil:
			case p.Dir == wire.ToServer && q.Type() == request:
				newest = id
			case p.Dir == wire.ToClient && q.Type() == ack && newest != nil:
				wire.Set(q, "packet_id", newest)
				p.Data = q.Append(nil)
			}
			return []fault.Packet{p}
		}}
	}
}
