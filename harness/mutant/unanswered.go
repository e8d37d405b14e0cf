package mutant

import (
	"slices"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// unanswered lists mutants that get wrong what has no answer yet: an UNSUBSCRIBE, or a message on a silent connection.
func unanswered() []Mutant {
	return []Mutant{
		{
			Name: "unsubscribe-done-at-once", Doc: "takes an UNSUBSCRIBE for done as soon as it is sent",
			Violates: []string{"MQTT-3.10.4-4", "api-outcome-1"}, Subjects: connected,
			Rewrite: func() Rewrite { return unsubscribeDone(true) },
		},
		{
			Name: "unsubscribe-ignored", Doc: "sends no UNSUBSCRIBE, and takes it for done",
			Violates: []string{"MQTT-3.10.1-1", "MQTT-3.10.4-4", "api-outcome-1"}, Subjects: connected,
			Rewrite: func() Rewrite { return unsubscribeDone(false) },
		},
		{
			Name: "silence-is-poison", Doc: "gives a message up in which three connections have ended in silence",
			Violates: []string{"umqtt-poison-1", "MQTT-4.4.0-1"}, Subjects: reconnecting,
			Rewrite: silenceIsPoison,
		},
	}
}

// unsubscribeDone answers each UNSUBSCRIBE itself. The server sees it only if it is sent, and its answer counts for nothing.
func unsubscribeDone(sent bool) Rewrite {
	answered := map[uint16]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if u, ok := decode[*wire.Unsubscribe](p, wire.ToServer); ok {
			a := wire.Unsuback{PacketID: u.PacketID}
			answer := fault.Packet{Conn: p.Conn, Dir: wire.ToClient, Data: a.Append(nil)}
			if !sent {
				return []fault.Packet{answer}
			}
			answered[u.PacketID] = true
			return []fault.Packet{p, answer}
		}
		if a, ok := decode[*wire.Unsuback](p, wire.ToClient); ok && answered[a.PacketID] {
			delete(answered, a.PacketID)
			return nil
		}
		return []fault.Packet{p}
	}}
}

// silenceIsPoison takes away what is sent again of a message that was in flight when the subject closed three connections on
// which a PINGREQ had no answer.
func silenceIsPoison() Rewrite {
	var open flight
	silent := map[int]bool{}  // by connection: its last PINGREQ has no answer
	ended := map[uint16]int{} // by packet id: the silent connections
	on := map[uint16][]int{}  // by packet id: the connections that carried the message
	return Rewrite{
		Packet: func(p fault.Packet) []fault.Packet {
			if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS == 1 {
				if m.Dup && ended[m.PacketID] >= 3 {
					return nil
				}
				on[m.PacketID] = append(on[m.PacketID], p.Conn)
			}
			if a, ok := decode[*wire.Puback](p, wire.ToClient); ok {
				delete(on, a.PacketID)
				delete(ended, a.PacketID)
			}
			if p.Dir == wire.ToClient {
				silent[p.Conn] = false
			} else if wire.TypeOf(p.Data) == wire.PINGREQ {
				silent[p.Conn] = true
			}
			open.see(p)
			return []fault.Packet{p}
		},
		Keep: func(conn int) bool {
			for _, m := range open {
				if silent[conn] && slices.Contains(on[m.PacketID], conn) {
					ended[m.PacketID]++
				}
			}
			silent[conn] = false
			return false
		},
	}
}
