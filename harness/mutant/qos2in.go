package mutant

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// onceOnly lists mutants that deliver a message at QoS 2 more or less than once, or leave its sender waiting.
func onceOnly() []Mutant {
	return []Mutant{
		{
			Name: "received-forgotten-with-the-connection", Doc: "forgets which messages at QoS 2 it has received when the connection is lost",
			Violates: []string{"MQTT-4.3.3-2"}, Subjects: qos2,
			Rewrite: takenForNew(func(m *wire.Publish, anotherConn bool) bool { return anotherConn }),
		},
		{
			Name: "new-without-dup", Doc: "takes a message at QoS 2 that comes again for a new one unless it has DUP",
			Violates: []string{"MQTT-4.3.3-2"}, Subjects: qos2,
			Rewrite: takenForNew(func(m *wire.Publish, _ bool) bool { return !m.Dup }),
		},
		{
			Name: "old-with-dup", Doc: "takes a message at QoS 2 with DUP for one that it has received",
			Violates: []string{"MQTT-4.3.3-2"}, Subjects: qos2,
			Rewrite: answered(func(m *wire.Publish, _ map[uint16]bool) bool { return m.Dup }),
		},
		{
			Name: "received-id-never-freed", Doc: "takes a message at QoS 2 for an old one when its packet id was ever used before",
			Violates: []string{"MQTT-4.3.3-2"}, Subjects: qos2,
			Rewrite: answered(func(m *wire.Publish, received map[uint16]bool) bool { return received[m.PacketID] }),
		},
		{
			Name: "received-id-low-byte", Doc: "tells received messages at QoS 2 apart by the low byte of the packet id",
			Violates: []string{"MQTT-4.3.3-2", "api-delivery-1"}, Subjects: qos2,
			Rewrite: answered(func(m *wire.Publish, received map[uint16]bool) bool {
				for id := range received {
					if id != m.PacketID && byte(id) == byte(m.PacketID) {
						return true
					}
				}
				return false
			}),
		},
		{
			Name: "pubrec-only-once", Doc: "does not answer a message at QoS 2 that comes again",
			Violates: []string{"MQTT-4.3.3-2"}, Subjects: qos2,
			Rewrite: pubrecOnlyOnce,
		},
		{
			Name: "pubcomp-only-once", Doc: "does not answer a PUBREL whose exchange is over",
			Violates: []string{"MQTT-4.3.3-2"}, Subjects: qos2,
			Rewrite: unknownPubrel(true, nil),
		},
		{
			Name: "pubrel-for-nothing-unanswered", Doc: "does not answer a PUBREL for which no message has come",
			Violates: []string{"MQTT-4.3.3-2"}, Subjects: qos2,
			Rewrite: unknownPubrel(false, nil),
		},
		{
			Name: "pubrel-for-nothing-closes", Doc: "closes the connection at a PUBREL for which no message has come",
			Violates: []string{"MQTT-4.3.3-2"}, Subjects: qos2,
			Rewrite: unknownPubrel(false, []byte{0, 0}),
		},
	}
}

// takenForNew hands the subject a message that comes again before its PUBREL under another id, where again says so.
func takenForNew(again func(m *wire.Publish, anotherConn bool) bool) func() Rewrite {
	const mark = 0x8000
	return func() Rewrite {
		on := map[uint16]int{}
		marked := map[uint16]bool{}
		return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
			if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 2 {
				conn, open := on[m.PacketID]
				on[m.PacketID] = p.Conn
				if open && again(m, conn != p.Conn) {
					marked[m.PacketID] = true
					m.PacketID ^= mark
					p.Data = m.Append(nil)
				}
			}
			if r, ok := decode[*wire.Pubrec](p, wire.ToServer); ok && marked[r.PacketID^mark] {
				r.PacketID ^= mark
				p.Data = r.Append(nil)
			}
			if r, ok := decode[*wire.Pubrel](p, wire.ToClient); ok {
				delete(on, r.PacketID)
			}
			return []fault.Packet{p}
		}}
	}
}

// answered keeps from the subject the messages that old says it has, and answers them in its place. The map has the
// ids of the messages that the subject was handed.
func answered(old func(*wire.Publish, map[uint16]bool) bool) func() Rewrite {
	return func() Rewrite {
		received := map[uint16]bool{}
		return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
			m, ok := decode[*wire.Publish](p, wire.ToClient)
			if !ok || m.QoS != 2 {
				return []fault.Packet{p}
			}
			if old(m, received) {
				return []fault.Packet{{Conn: p.Conn, Dir: wire.ToServer, Data: (&wire.Pubrec{PacketID: m.PacketID}).Append(nil)}}
			}
			received[m.PacketID] = true
			return []fault.Packet{p}
		}}
	}
}

// pubrecOnlyOnce takes away a PUBREC that was sent already, until a PUBREL has come.
func pubrecOnlyOnce() Rewrite {
	sent := map[uint16]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if r, ok := decode[*wire.Pubrec](p, wire.ToServer); ok {
			if sent[r.PacketID] {
				return nil
			}
			sent[r.PacketID] = true
		}
		if r, ok := decode[*wire.Pubrel](p, wire.ToClient); ok {
			delete(sent, r.PacketID)
		}
		return []fault.Packet{p}
	}}
}

// unknownPubrel hands the subject instead, or nothing, in place of a PUBREL of no open exchange: of one that is over,
// or else of one that never was.
func unknownPubrel(over bool, instead []byte) func() Rewrite {
	return func() Rewrite {
		open := map[uint16]bool{} // false: it is over
		return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
			if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 2 {
				open[m.PacketID] = true
			}
			if r, ok := decode[*wire.Pubrel](p, wire.ToClient); ok {
				was, known := open[r.PacketID]
				if known {
					open[r.PacketID] = false
				}
				if !was && known == over {
					if instead == nil {
						return nil
					}
					p.Data = instead
				}
			}
			return []fault.Packet{p}
		}}
	}
}
