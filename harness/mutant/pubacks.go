package mutant

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// matching lists mutants that take a PUBACK for that of another message, or for a fault.
func matching() []Mutant {
	return []Mutant{
		{
			Name: "pubacks-in-turn", Doc: "takes PUBACKs for its messages in the order of publishing, whatever their packet ids",
			Violates: []string{"MQTT-4.3.2-1", "MQTT-2.3.1-6"}, Subjects: qos1,
			Rewrite: pubackOf(func(open flight, a *wire.Puback) {
				if open.index(a.PacketID) >= 0 {
					a.PacketID = open[0].PacketID
				}
			}),
		},
		{
			Name: "outer-puback-thrown-away", Doc: "throws the PUBACK of another message than its newest away, as a nested call does that waits for its own",
			Violates: []string{"umqtt-nesting-1", "MQTT-4.3.2-1"}, Subjects: qos1,
			Rewrite: outerThrownAway,
		},
		{
			Name: "second-puback-counts", Doc: "takes a PUBACK for nothing in flight for that of its oldest message",
			Violates: []string{"umqtt-stray-1", "MQTT-4.3.2-1"}, Subjects: qos1,
			Rewrite: pubackOf(func(open flight, a *wire.Puback) {
				if open.index(a.PacketID) < 0 && len(open) > 0 {
					a.PacketID = open[0].PacketID
				}
			}),
		},
		{
			Name: "stray-puback-closes", Doc: "closes the connection at a PUBACK for nothing in flight",
			Violates: []string{"umqtt-stray-1"}, Subjects: qos1,
			Rewrite: pubackOf(func(open flight, a *wire.Puback) {
				if open.index(a.PacketID) < 0 {
					a.PacketID = 0 // which the subjects close at
				}
			}),
		},
	}
}

// outerThrownAway takes away the PUBACKs of all messages in flight but the newest.
func outerThrownAway() Rewrite {
	var open flight
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if a, ok := decode[*wire.Puback](p, wire.ToClient); ok {
			if i := open.index(a.PacketID); i >= 0 && i < len(open)-1 {
				return nil
			}
		}
		open.see(p)
		return []fault.Packet{p}
	}}
}

// pubackOf changes every PUBACK for the subject by what is in flight.
func pubackOf(change func(flight, *wire.Puback)) func() Rewrite {
	return func() Rewrite {
		var open flight
		return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
			if a, ok := decode[*wire.Puback](p, wire.ToClient); ok {
				change(open, a)
				p.Data = a.Append(nil)
			}
			open.see(p)
			return []fault.Packet{p}
		}}
	}
}
