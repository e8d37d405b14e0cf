package mutant

import (
	"slices"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// resending lists mutants that get wrong, in subtler ways than those of redelivery, what they send again
// after a reconnect, or when.
func resending() []Mutant {
	return []Mutant{
		{
			Name: "resend-dup-only-once", Doc: "sends a message again with DUP after the first reconnect, and without after the next",
			Violates: []string{"MQTT-3.3.1-1"}, Subjects: qos1,
			Rewrite: repeated(func(m *wire.Publish) bool { m.Dup = false; return true }),
		},
		{
			Name: "resend-only-once", Doc: "sends a message again after the first reconnect, and not after the next",
			Violates: []string{"MQTT-4.4.0-1", "MQTT-4.1.0-1"}, Subjects: qos1,
			Rewrite: repeated(func(*wire.Publish) bool { return false }),
		},
		{
			Name: "republished-in-a-kept-session", Doc: "publishes an unacknowledged message of a kept session anew, with another packet id and without DUP",
			Violates: []string{"MQTT-4.4.0-1", "MQTT-3.3.1-1"}, Subjects: qos1,
			Rewrite: republish,
		},
		{
			Name: "republished-with-dup", Doc: "sets DUP when it publishes a message anew in a new clean session",
			Violates: []string{"umqtt-republish-1"}, Subjects: reconnecting,
			Rewrite: dupContent,
		},
		{
			Name: "resend-newest-first", Doc: "sends its unacknowledged messages again in reverse order",
			Violates: []string{"MQTT-4.6.0-1"}, Subjects: qos1,
			Rewrite: keepBack(nothing, true),
		},
		{
			Name: "subscribes-before-resending", Doc: "subscribes again before it sends unacknowledged messages again",
			Violates: []string{"umqtt-reconnect-4"}, Subjects: reconnecting,
			Rewrite: keepBack(wire.SUBSCRIBE, false),
		},
		{
			Name: "new-before-resending", Doc: "sends a new message before it sends unacknowledged ones again",
			Violates: []string{"umqtt-reconnect-4"}, Subjects: reconnecting,
			Rewrite: keepBack(wire.PUBLISH, false),
		},
		{
			Name: "id-in-use-again", Doc: "gives a new message the packet id of one that it has sent again, and that is unacknowledged",
			Violates: []string{"MQTT-2.3.1-2"}, Subjects: qos1,
			Rewrite: reuse,
		},
	}
}

// resent decodes a QoS 1 PUBLISH of the client that is sent again.
func resent(p fault.Packet) (*wire.Publish, bool) {
	m, ok := decode[*wire.Publish](p, wire.ToServer)
	return m, ok && m.QoS == 1 && m.Dup
}

// repeated changes what is sent again on a second connection and later. change reports whether it is sent
// at all.
func repeated(change func(*wire.Publish) bool) func() Rewrite {
	return func() Rewrite {
		first := map[uint16]int{} // the connection on which a message was sent again first
		return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
			if a, ok := decode[*wire.Puback](p, wire.ToClient); ok {
				delete(first, a.PacketID)
			}
			m, ok := resent(p)
			switch {
			case !ok:
			case first[m.PacketID] == 0:
				first[m.PacketID] = p.Conn
			case first[m.PacketID] < p.Conn:
				if !change(m) {
					return nil
				}
				p.Data = m.Append(nil)
			}
			return []fault.Packet{p}
		}}
	}
}

// republish gives each message that is sent again an id of its own, and takes the PUBACK for that.
func republish() Rewrite {
	ids := map[uint16]uint16{} // those of the client, by those on the wire
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := resent(p); ok {
			id := 0x4000 + uint16(len(ids))
			ids[id] = m.PacketID
			m.PacketID, m.Dup = id, false
			p.Data = m.Append(nil)
		}
		if a, ok := decode[*wire.Puback](p, wire.ToClient); ok && ids[a.PacketID] != 0 {
			a.PacketID = ids[a.PacketID]
			p.Data = a.Append(nil)
		}
		return []fault.Packet{p}
	}}
}

// dupContent sets DUP in each QoS 1 PUBLISH of a later connection that an earlier one has carried.
func dupContent() Rewrite {
	type content struct{ topic, payload string }
	first := map[content]int{} // the connection that carried it
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		m, ok := decode[*wire.Publish](p, wire.ToServer)
		if !ok || m.QoS != 1 {
			return []fault.Packet{p}
		}
		c := content{m.Topic, string(m.Payload)}
		if first[c] == 0 {
			first[c] = p.Conn
		}
		m.Dup = m.Dup || first[c] < p.Conn
		p.Data = m.Append(nil)
		return []fault.Packet{p}
	}}
}

// nothing is a packet type that no packet has.
const nothing wire.Type = 0

// keepBack keeps what is sent again back until a packet of the type goes out, or the client waits for the
// peer, or sends something else.
func keepBack(until wire.Type, reversed bool) func() Rewrite {
	return func() Rewrite {
		var kept []fault.Packet
		release := func() []fault.Packet {
			ps := kept
			if kept = nil; reversed {
				slices.Reverse(ps)
			}
			return ps
		}
		return Rewrite{
			Packet: func(p fault.Packet) []fault.Packet {
				if len(kept) > 0 && kept[0].Conn != p.Conn {
					kept = nil // their connection is over
				}
				if _, ok := resent(p); ok {
					kept = append(kept, p)
					return nil
				}
				switch {
				case p.Dir == wire.ToClient:
					return []fault.Packet{p}
				case wire.TypeOf(p.Data) == until:
					return append([]fault.Packet{p}, release()...)
				}
				return append(release(), p)
			},
			Wait: func(conn int) []fault.Packet {
				if len(kept) > 0 && kept[0].Conn != conn {
					return nil
				}
				return release()
			},
		}
	}
}

// reuse gives the first new message of a later connection the id of one that was sent again on it.
func reuse() Rewrite {
	var taken, own uint16 // the id of the one that was sent again, and that of the new message; 0: none
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS == 1 && p.Conn > 1 {
			switch {
			case m.Dup && taken == 0:
				taken = m.PacketID
			case !m.Dup && taken != 0 && own == 0:
				own, m.PacketID = m.PacketID, taken
				p.Data = m.Append(nil)
			}
		}
		if a, ok := decode[*wire.Puback](p, wire.ToClient); ok && a.PacketID == taken {
			if taken = 0; own != 0 {
				taken, own, a.PacketID = a.PacketID, 0, own
				p.Data = a.Append(nil)
			}
		}
		return []fault.Packet{p}
	}}
}
