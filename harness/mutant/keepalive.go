package mutant

import (
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// keepAlive lists mutants that get the keep alive wrong.
func keepAlive() []Mutant {
	return []Mutant{
		{
			Name: "keep-alive-by-wall-clock", Doc: "measures the keep alive with the wall clock: one that is set back keeps PINGREQ from being sent",
			Violates: []string{"MQTT-3.1.2-23"}, Subjects: connected,
			Clocked: func(now func() time.Time) Rewrite {
				var last time.Time
				return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
					if p.Dir != wire.ToServer {
						return []fault.Packet{p}
					}
					if wire.TypeOf(p.Data) == wire.PINGREQ && now().Before(last) {
						return nil
					}
					last = now()
					return []fault.Packet{p}
				}}
			},
		},
		{
			Name: "no-pingreq", Doc: "never sends PINGREQ",
			Violates: []string{"MQTT-3.1.2-23"}, Subjects: connected,
			Rules: rules(sent(wire.PINGREQ), fault.Drop{}),
		},
		{
			Name: "pingreq-flags", Doc: "sends PINGREQ with a reserved flag set",
			Violates: []string{"MQTT-2.2.2-1"}, Subjects: connected,
			Rules: rules(sent(wire.PINGREQ), fault.Corrupt{Byte: 0, Xor: 0x02}),
		},
		{
			Name: "pingresp-not-missed", Doc: "does not notice that no PINGRESP comes",
			Violates: []string{"3.1.2.10-should-1"}, Subjects: connected,
			Rewrite: each(func(p fault.Packet) []fault.Packet {
				switch {
				case p.Dir == wire.ToServer && wire.TypeOf(p.Data) == wire.PINGREQ:
					return []fault.Packet{p, {Dir: wire.ToClient, Data: (&wire.Pingresp{}).Append(nil)}}
				case p.Dir == wire.ToClient && wire.TypeOf(p.Data) == wire.PINGRESP:
					return nil
				}
				return []fault.Packet{p}
			}),
		},
	}
}
