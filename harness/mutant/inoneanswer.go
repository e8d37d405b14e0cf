package mutant

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// inOneAnswer lists mutants that answer, or take an answer, wrongly in one case alone.
func inOneAnswer() []Mutant {
	return []Mutant{
		{
			Name: "own-id-not-acknowledged", Doc: "does not acknowledge a message under the packet id of one that it has in flight itself",
			Violates: []string{"MQTT-4.3.2-2", "MQTT-3.3.4-1"}, Subjects: qos1,
			Rewrite: unacknowledged(func(m *wire.Publish, open flight) bool { return open.index(m.PacketID) >= 0 }),
		},
		{
			Name: "suback-of-nothing-granted", Doc: "takes a SUBACK without return codes for one that grants QoS 0",
			Violates: []string{"MQTT-3.8.4-5", "MQTT-4.8.0-1"}, Subjects: connected,
			Rewrite: each(func(p fault.Packet) []fault.Packet {
				if p.Dir == wire.ToClient && !p.Raw && wire.TypeOf(p.Data) == wire.SUBACK && bodyAt(p.Data) == len(p.Data)-2 {
					body := append([]byte{}, p.Data[bodyAt(p.Data):]...)
					p.Data = finished(p.Data[0], append(body, 0))
				}
				return []fault.Packet{p}
			}),
		},
		{
			Name: "answers-as-the-last", Doc: "acknowledges a message only if the one before it on the connection was at QoS 1, too, or was none",
			Violates: []string{"MQTT-4.3.2-2", "MQTT-3.3.4-1"}, Subjects: qos1,
			Rewrite: answersAsTheLast,
		},
		{
			Name: "qos-0-behind-qos-1-lost", Doc: "loses a message at QoS 0 that comes behind one at QoS 1",
			Violates: []string{"MQTT-4.3.2-2", "MQTT-3.3.4-1", "api-delivery-1"}, Subjects: qos1,
			Rewrite: qos0BehindQoS1Lost,
		},
		{
			Name: "empty-at-qos-0", Doc: "publishes a message without payload at QoS 0, whatever it was told",
			Violates: []string{"MQTT-4.3.2-1", "MQTT-3.3.2-1", "api-outcome-1"}, Subjects: qos1,
			Rewrite: each(func(p fault.Packet) []fault.Packet {
				m, ok := decode[*wire.Publish](p, wire.ToServer)
				if !ok || m.QoS != 1 || len(m.Payload) > 0 {
					return []fault.Packet{p}
				}
				a := wire.Puback{PacketID: m.PacketID}
				m.QoS, m.PacketID, m.Dup = 0, 0, false
				p.Data = m.Append(nil)
				return []fault.Packet{p, {Conn: p.Conn, Dir: wire.ToClient, Data: a.Append(nil)}}
			}),
		},
		{
			Name: "puback-id-of-15-bits", Doc: "acknowledges a packet id above 32767 without its highest bit",
			Violates: []string{"MQTT-2.3.1-6", "MQTT-4.3.2-2"}, Subjects: qos1,
			Rewrite: edit(wire.ToServer, func(a *wire.Puback) { a.PacketID &= 0x7fff }),
		},
		{
			Name: "retained-not-acknowledged", Doc: "does not acknowledge retained messages",
			Violates: []string{"MQTT-3.3.4-1", "MQTT-4.3.2-2"}, Subjects: qos1,
			Rewrite: unacknowledged(func(m *wire.Publish, _ flight) bool { return m.Retain }),
		},
	}
}

// unacknowledged takes away the PUBACKs of messages for which without holds when they come. It is given what the subject has in
// flight.
func unacknowledged(without func(*wire.Publish, flight) bool) func() Rewrite {
	return func() Rewrite {
		var open flight
		skipped := map[uint16]bool{}
		return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
			open.see(p)
			if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 1 {
				skipped[m.PacketID] = without(m, open)
			}
			if a, ok := decode[*wire.Puback](p, wire.ToServer); ok && skipped[a.PacketID] {
				return nil
			}
			return []fault.Packet{p}
		}}
	}
}

// answersAsTheLast takes away the PUBACK of each message behind one at QoS 0.
func answersAsTheLast() Rewrite {
	last := map[int]byte{} // by connection: the QoS of its newest message, and 1 more
	skipped := map[uint16]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToClient); ok {
			skipped[m.PacketID] = m.QoS == 1 && last[p.Conn] == 1
			last[p.Conn] = m.QoS + 1
		}
		if a, ok := decode[*wire.Puback](p, wire.ToServer); ok && skipped[a.PacketID] {
			return nil
		}
		return []fault.Packet{p}
	}}
}

// qos0BehindQoS1Lost takes away each message at QoS 0 that comes right behind one at QoS 1.
func qos0BehindQoS1Lost() Rewrite {
	behind := map[int]bool{} // by connection
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		m, ok := decode[*wire.Publish](p, wire.ToClient)
		if !ok {
			return []fault.Packet{p}
		}
		lost := m.QoS == 0 && behind[p.Conn]
		behind[p.Conn] = m.QoS == 1
		if lost {
			return nil
		}
		return []fault.Packet{p}
	}}
}
