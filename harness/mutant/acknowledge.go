package mutant

import (
	"slices"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// acknowledging lists mutants that get the PUBACK of an inbound message wrong.
func acknowledging() []Mutant {
	return []Mutant{
		{
			Name: "puback-wrong-id", Doc: "acknowledges another packet id than that of the PUBLISH",
			Violates: []string{"MQTT-2.3.1-6", "MQTT-4.3.2-2"}, Subjects: qos1,
			Rules: rules(sent(wire.PUBACK), fault.Corrupt{Byte: -1, Xor: 0x40}),
		},
		{
			Name: "no-puback", Doc: "never acknowledges",
			Violates: []string{"MQTT-4.3.2-2", "MQTT-3.3.4-1"}, Subjects: qos1,
			Rules: rules(sent(wire.PUBACK), fault.Drop{}),
		},
		{
			Name: "puback-newest-first", Doc: "acknowledges the message of a nested callback before that of the outer one",
			Violates: []string{"MQTT-4.6.0-2"}, Subjects: qos1,
			Rewrite: newestFirst,
		},
		{
			Name: "puback-at-qos0", Doc: "acknowledges messages at QoS 0",
			Violates: []string{"MQTT-3.3.4-1"}, Subjects: connected,
			Rewrite: each(func(p fault.Packet) []fault.Packet {
				packets := []fault.Packet{p}
				if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 0 {
					packets = append(packets, fault.Packet{Dir: wire.ToServer, Data: (&wire.Puback{PacketID: 1}).Append(nil)})
				}
				return packets
			}),
		},
		{
			Name: "same-id-dropped", Doc: "takes a message with DUP under an id that it has acknowledged for the old one",
			Violates: []string{"MQTT-4.3.2-2"}, Subjects: qos1,
			Rewrite: sameIDDropped,
		},
		{
			Name: "unwanted-not-acknowledged", Doc: "acknowledges only once it has subscribed to something",
			Violates: []string{"MQTT-4.5.0-2"}, Subjects: qos1,
			Rewrite: ackSubscribed,
		},
	}
}

// newestFirst keeps a PUBACK back while a newer inbound QoS 1 message is not acknowledged.
func newestFirst() Rewrite {
	type exchange struct {
		id    uint16
		acked bool
	}
	open := map[int][]exchange{} // by connection, in the order of arrival
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 1 {
			open[p.Conn] = append(open[p.Conn], exchange{id: m.PacketID})
		}
		a, ok := decode[*wire.Puback](p, wire.ToServer)
		if !ok {
			return []fault.Packet{p}
		}
		all := open[p.Conn]
		i := slices.IndexFunc(all, func(x exchange) bool { return x.id == a.PacketID && !x.acked })
		if i < 0 {
			return []fault.Packet{p}
		}
		all[i].acked = true
		var packets []fault.Packet
		for len(all) > 0 && all[len(all)-1].acked {
			last := wire.Puback{PacketID: all[len(all)-1].id}
			packets = append(packets, fault.Packet{Dir: wire.ToServer, Data: last.Append(nil)})
			all = all[:len(all)-1]
		}
		open[p.Conn] = all
		return packets
	}}
}

// sameIDDropped takes away messages with DUP under an id that was acknowledged before.
func sameIDDropped() Rewrite {
	acked := map[uint16]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if a, ok := decode[*wire.Puback](p, wire.ToServer); ok {
			acked[a.PacketID] = true
		}
		if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 1 && m.Dup && acked[m.PacketID] {
			return nil
		}
		return []fault.Packet{p}
	}}
}

// ackSubscribed takes away every PUBACK before the first SUBSCRIBE.
func ackSubscribed() Rewrite {
	subscribed := false
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if p.Dir == wire.ToServer {
			switch wire.TypeOf(p.Data) {
			case wire.SUBSCRIBE:
				subscribed = true
			case wire.PUBACK:
				if !subscribed {
					return nil
				}
			}
		}
		return []fault.Packet{p}
	}}
}
