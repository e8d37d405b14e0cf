package mutant

import (
	"bytes"
	"slices"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// owing lists mutants that send the PUBACKs that they owe in another order than that of the messages.
func owing() []Mutant {
	return []Mutant{
		{
			Name: "oldest-puback-last", Doc: "sends the first of the PUBACKs that it owes at one time behind all others",
			Violates: []string{"MQTT-4.6.0-2"}, Subjects: qos1,
			Rewrite: owed(func(pubacks []fault.Packet) []fault.Packet {
				return append(slices.Clone(pubacks[1:]), pubacks[0])
			}),
		},
		{
			Name: "puback-table-from-its-start", Doc: "keeps the PUBACKs that it owes in a table of eight, and sends the ninth before the others",
			Violates: []string{"MQTT-4.6.0-2"}, Subjects: qos1,
			Rewrite: owed(func(pubacks []fault.Packet) []fault.Packet {
				if len(pubacks) <= 8 {
					return pubacks
				}
				return append(slices.Clone(pubacks[8:]), pubacks[:8]...)
			}),
		},
		{
			Name: "puback-behind-a-call", Doc: "acknowledges a message in whose callback it has published behind the message that comes next",
			Violates: []string{"MQTT-4.6.0-2"}, Subjects: qos1,
			Rewrite: pubackBehindCall,
		},
		{
			Name: "pubacks-by-id", Doc: "sends the PUBACKs that it owes at one time in the order of their packet ids",
			Violates: []string{"MQTT-4.6.0-2"}, Subjects: qos1,
			Rewrite: owed(func(pubacks []fault.Packet) []fault.Packet {
				return slices.SortedStableFunc(slices.Values(pubacks), func(a, b fault.Packet) int { return bytes.Compare(a.Data, b.Data) })
			}),
		},
	}
}

// owed keeps PUBACKs back until the subject sends another packet or waits. They go out as order has them.
func owed(order func(pubacks []fault.Packet) []fault.Packet) func() Rewrite {
	return func() Rewrite {
		kept := map[int][]fault.Packet{} // by connection
		take := func(conn int) []fault.Packet {
			pubacks := kept[conn]
			if delete(kept, conn); len(pubacks) == 0 {
				return nil
			}
			return order(pubacks)
		}
		return Rewrite{
			Packet: func(p fault.Packet) []fault.Packet {
				switch {
				case p.Raw || p.Dir == wire.ToClient:
					return []fault.Packet{p}
				case wire.TypeOf(p.Data) == wire.PUBACK:
					kept[p.Conn] = append(kept[p.Conn], p)
					return nil
				}
				return append(take(p.Conn), p)
			},
			Wait: take,
		}
	}
}

// pubackBehindCall keeps the PUBACK of a message back, if the subject has published since the message came, until it sends the
// next PUBACK or waits.
func pubackBehindCall() Rewrite {
	open := map[int]map[uint16]bool{} // by connection and id: whether the subject has published since
	kept := map[int][]fault.Packet{}  // by connection
	take := func(conn int) []fault.Packet {
		pubacks := kept[conn]
		delete(kept, conn)
		return pubacks
	}
	return Rewrite{
		Packet: func(p fault.Packet) []fault.Packet {
			if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 1 {
				if open[p.Conn] == nil {
					open[p.Conn] = map[uint16]bool{}
				}
				open[p.Conn][m.PacketID] = false
			}
			if _, ok := decode[*wire.Publish](p, wire.ToServer); ok {
				for id := range open[p.Conn] {
					open[p.Conn][id] = true
				}
			}
			a, ok := decode[*wire.Puback](p, wire.ToServer)
			if !ok {
				return []fault.Packet{p}
			}
			called := open[p.Conn][a.PacketID]
			delete(open[p.Conn], a.PacketID)
			if called {
				kept[p.Conn] = append(kept[p.Conn], p)
				return nil
			}
			return append([]fault.Packet{p}, take(p.Conn)...)
		},
		Wait: take,
	}
}
