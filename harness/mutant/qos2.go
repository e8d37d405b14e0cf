package mutant

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// exactlyOnce lists mutants that get QoS 2 wrong.
func exactlyOnce() []Mutant {
	first := func(t wire.Type) fault.Match { return fault.Match{Dirs: fault.ToServer, Type: t, Nth: 1} }
	return []Mutant{
		{
			Name: "pubrel-flags", Doc: "sends PUBREL with clear flags",
			Violates: []string{"MQTT-3.6.1-1"}, Subjects: qos2,
			Rules: rules(sent(wire.PUBREL), fault.Corrupt{Byte: 0, Xor: 0x02}),
		},
		{
			Name: "pubrec-wrong-id", Doc: "sends PUBREC with another packet id than that of the PUBLISH",
			Violates: []string{"MQTT-2.3.1-6", "MQTT-4.3.3-2"}, Subjects: qos2,
			Rules: rules(sent(wire.PUBREC), fault.Corrupt{Byte: -1, Xor: 0x40}),
		},
		{
			Name: "no-pubcomp", Doc: "does not answer PUBREL",
			Violates: []string{"MQTT-4.3.3-2"}, Subjects: qos2,
			Rules: rules(sent(wire.PUBCOMP), fault.Drop{}),
		},
		{
			Name: "pubrec-wrong-order", Doc: "sends the first PUBREC after the second",
			Violates: []string{"MQTT-4.6.0-3"}, Subjects: qos2,
			Rules: []fault.Rule{{Match: first(wire.PUBREC), Action: fault.Swap{}}},
		},
		{
			Name: "pubrel-wrong-order", Doc: "sends the first PUBREL after the second",
			Violates: []string{"MQTT-4.6.0-4"}, Subjects: qos2,
			Rules: []fault.Rule{{Match: first(wire.PUBREL), Action: fault.Swap{}}},
		},
		{
			Name: "publish-after-pubrel", Doc: "sends PUBLISH again where PUBREL is due again",
			Violates: []string{"MQTT-4.3.3-1"}, Subjects: qos2,
			Rewrite: publishAfterPubrel,
		},
		{
			Name: "no-pubrel-resend", Doc: "does not send an unanswered PUBREL again",
			Violates: []string{"MQTT-4.4.0-1"}, Subjects: qos2,
			Rewrite: noPubrelResend,
		},
		{
			Name: "qos2-delivered-twice", Doc: "delivers a message that is sent again although it was received",
			Violates: []string{"MQTT-4.3.3-2"}, Subjects: qos2,
			Rewrite: newMessageEachTime,
		},
		{
			Name: "lost-behind-pubcomp", Doc: "loses the message that comes behind a PUBCOMP",
			Violates: []string{"MQTT-7.1.2-1", "MQTT-4.3.2-2"}, Subjects: qos2,
			Rewrite: lostBehindPubcomp,
		},
	}
}

// publishAfterPubrel turns a PUBREL for a PUBLISH of an earlier connection into that PUBLISH.
func publishAfterPubrel() Rewrite {
	type first struct {
		conn int
		m    *wire.Publish
	}
	sent := map[uint16]first{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS == 2 {
			sent[m.PacketID] = first{p.Conn, m}
		}
		if r, ok := decode[*wire.Pubrel](p, wire.ToServer); ok {
			if f, ok := sent[r.PacketID]; ok && f.conn != p.Conn {
				f.m.Dup = true
				p.Data = f.m.Append(nil)
			}
		}
		return []fault.Packet{p}
	}}
}

// noPubrelResend takes away every PUBREL that was sent on an earlier connection already.
func noPubrelResend() Rewrite {
	on := map[uint16]int{} // packet id → the connection of its first PUBREL
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if r, ok := decode[*wire.Pubrel](p, wire.ToServer); ok {
			if conn, again := on[r.PacketID]; again && conn != p.Conn {
				return nil
			}
			on[r.PacketID] = p.Conn
		}
		if c, ok := decode[*wire.Pubcomp](p, wire.ToClient); ok {
			delete(on, c.PacketID)
		}
		return []fault.Packet{p}
	}}
}

// newMessageEachTime hides from the subject that a QoS 2 message was received before, by the high bit of
// its packet id.
func newMessageEachTime() Rewrite {
	const mark = 0x8000
	received := map[uint16]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 2 {
			again := received[m.PacketID]
			received[m.PacketID] = true
			if again {
				m.PacketID ^= mark
				p.Data = m.Append(nil)
			}
		}
		if r, ok := decode[*wire.Pubrec](p, wire.ToServer); ok && received[r.PacketID^mark] && !received[r.PacketID] {
			r.PacketID ^= mark
			p.Data = r.Append(nil)
		}
		if r, ok := decode[*wire.Pubrel](p, wire.ToClient); ok {
			delete(received, r.PacketID)
		}
		return []fault.Packet{p}
	}}
}

// lostBehindPubcomp takes away the first packet behind each PUBCOMP, if it is a PUBLISH.
func lostBehindPubcomp() Rewrite {
	behind := map[int]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if p.Dir == wire.ToServer {
			return []fault.Packet{p}
		}
		lost := behind[p.Conn] && wire.TypeOf(p.Data) == wire.PUBLISH
		behind[p.Conn] = wire.TypeOf(p.Data) == wire.PUBCOMP
		if lost {
			return nil
		}
		return []fault.Packet{p}
	}}
}
