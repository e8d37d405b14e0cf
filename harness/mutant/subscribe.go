package mutant

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// subscribing lists mutants that get SUBSCRIBE, UNSUBSCRIBE or the answers to them wrong.
func subscribing() []Mutant {
	return []Mutant{
		{
			Name: "subscribe-flags", Doc: "sends SUBSCRIBE with clear flags",
			Violates: []string{"MQTT-3.8.1-1"}, Subjects: connected,
			Rules: rules(sent(wire.SUBSCRIBE), fault.Corrupt{Byte: 0, Xor: 0x02}),
		},
		{
			Name: "subscribe-id-zero", Doc: "subscribes with packet id 0",
			Violates: []string{"MQTT-2.3.1-1"}, Subjects: connected,
			Rules: rules(sent(wire.SUBSCRIBE), set(is{"packet_id": 0})),
		},
		{
			Name: "subscribe-to-nothing", Doc: "sends SUBSCRIBE without a filter",
			Violates: []string{"MQTT-3.8.3-3"}, Subjects: connected,
			Rules: rules(sent(wire.SUBSCRIBE), set(is{"filters": []wire.Subscription{}})),
		},
		{
			Name: "subscribe-not-utf8", Doc: "subscribes to a filter that is not UTF-8",
			Violates: []string{"MQTT-3.8.3-1"}, Subjects: connected,
			Rewrite: edit(wire.ToServer, func(s *wire.Subscribe) { s.Filters[0].Filter += "\xff" }),
		},
		{
			Name: "subscribe-qos3", Doc: "asks for QoS 3",
			Violates: []string{"MQTT-3.8.3-4"}, Subjects: connected,
			Rewrite: edit(wire.ToServer, func(s *wire.Subscribe) { s.Filters[0].QoS = 3 }),
		},
		{
			Name: "unsubscribe-flags", Doc: "sends UNSUBSCRIBE with clear flags",
			Violates: []string{"MQTT-3.10.1-1"}, Subjects: connected,
			Rules: rules(sent(wire.UNSUBSCRIBE), fault.Corrupt{Byte: 0, Xor: 0x02}),
		},
		{
			Name: "unsubscribe-from-nothing", Doc: "sends UNSUBSCRIBE without a filter",
			Violates: []string{"MQTT-3.10.3-2"}, Subjects: connected,
			Rules: rules(sent(wire.UNSUBSCRIBE), set(is{"filters": []string{}})),
		},
		{
			Name: "unsubscribe-not-utf8", Doc: "unsubscribes from a filter that is not UTF-8",
			Violates: []string{"MQTT-3.10.3-1"}, Subjects: connected,
			Rewrite: edit(wire.ToServer, func(u *wire.Unsubscribe) { u.Filters[0] += "\xff" }),
		},
		{
			Name: "subscribe-ids-apart", Doc: "counts the packet ids of SUBSCRIBE and UNSUBSCRIBE from 1, whatever is in flight",
			Violates: []string{"MQTT-2.3.1-2"}, Subjects: connected,
			Rewrite: subscribeIDsApart,
		},
		{
			Name: "any-suback", Doc: "takes any SUBACK for that of its newest SUBSCRIBE",
			Violates: []string{"MQTT-3.8.4-2", "MQTT-2.3.1-7"}, Subjects: connected,
			Rewrite: anyAck(wire.SUBSCRIBE, wire.SUBACK),
		},
		{
			Name: "any-unsuback", Doc: "takes any UNSUBACK for that of its newest UNSUBSCRIBE",
			Violates: []string{"MQTT-3.10.4-4", "MQTT-2.3.1-7"}, Subjects: connected,
			Rewrite: anyAck(wire.UNSUBSCRIBE, wire.UNSUBACK),
		},
		{
			Name: "suback-codes-shifted", Doc: "takes each return code of SUBACK for that of the filter behind it",
			Violates: []string{"MQTT-3.9.3-1", "api-outcome-1"}, Subjects: connected,
			Rewrite: edit(wire.ToClient, func(a *wire.Suback) {
				last := len(a.Codes) - 1
				a.Codes = append(a.Codes[last:], a.Codes[:last]...)
			}),
		},
		{
			Name: "suback-count-ignored", Doc: "does not mind a SUBACK with more or fewer return codes than filters",
			Violates: []string{"MQTT-3.8.4-5", "MQTT-4.8.0-1"}, Subjects: connected,
			Rewrite: fittingCodes,
		},
		{
			Name: "suback-reserved-code", Doc: "takes reserved return codes of SUBACK for QoS 0",
			Violates: []string{"MQTT-3.9.3-2"}, Subjects: connected,
			Rewrite: each(func(p fault.Packet) []fault.Packet {
				if p.Dir == wire.ToClient && wire.TypeOf(p.Data) == wire.SUBACK && !p.Raw {
					for i := 4; i < len(p.Data); i++ {
						if c := p.Data[i]; c > 2 && c != 0x80 {
							p.Data[i] = 0
						}
					}
				}
				return []fault.Packet{p}
			}),
		},
	}
}

// fittingCodes makes every SUBACK have as many return codes as the newest SUBSCRIBE has filters.
func fittingCodes() Rewrite {
	filters := 0
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if s, ok := decode[*wire.Subscribe](p, wire.ToServer); ok {
			filters = len(s.Filters)
		}
		if a, ok := decode[*wire.Suback](p, wire.ToClient); ok && filters > 0 {
			a.Codes = append(a.Codes, make([]byte, filters)...)[:filters]
			p.Data = a.Append(nil)
		}
		return []fault.Packet{p}
	}}
}

// subscribeIDsApart gives SUBSCRIBE and UNSUBSCRIBE ids of their own, and turns them back in the answers.
func subscribeIDsApart() Rewrite {
	var last uint16
	own := map[uint16]uint16{} // as it was sent → as the subject has it
	apart := func(id *uint16) {
		last++
		own[last] = *id
		*id = last
	}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if s, ok := decode[*wire.Subscribe](p, wire.ToServer); ok {
			apart(&s.PacketID)
			p.Data = s.Append(nil)
		}
		if u, ok := decode[*wire.Unsubscribe](p, wire.ToServer); ok {
			apart(&u.PacketID)
			p.Data = u.Append(nil)
		}
		if a, ok := decode[*wire.Suback](p, wire.ToClient); ok && own[a.PacketID] != 0 {
			a.PacketID = own[a.PacketID]
			p.Data = a.Append(nil)
		}
		if a, ok := decode[*wire.Unsuback](p, wire.ToClient); ok && own[a.PacketID] != 0 {
			a.PacketID = own[a.PacketID]
			p.Data = a.Append(nil)
		}
		return []fault.Packet{p}
	}}
}
