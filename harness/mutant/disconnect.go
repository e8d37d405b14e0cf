package mutant

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// disconnecting lists mutants that get DISCONNECT wrong.
func disconnecting() []Mutant {
	late := wire.Publish{Topic: "mutant", Payload: []byte("late")}
	return []Mutant{
		{
			Name: "publish-after-disconnect", Doc: "publishes behind its DISCONNECT",
			Violates: []string{"MQTT-3.14.4-2"}, Subjects: connected,
			Rules: rules(sent(wire.DISCONNECT), fault.Inject{Data: late.Append(nil)}),
		},
		{
			Name: "disconnect-flags", Doc: "sends DISCONNECT with a reserved flag set",
			Violates: []string{"MQTT-3.14.1-1", "MQTT-2.2.2-1"}, Subjects: connected,
			Rules: rules(sent(wire.DISCONNECT), fault.Corrupt{Byte: 0, Xor: 0x01}),
		},
		{
			Name: "open-after-disconnect", Doc: "leaves the connection open after its DISCONNECT",
			Violates: []string{"MQTT-3.14.4-1"}, Subjects: connected,
			Rewrite: func() Rewrite {
				gone := map[int]bool{}
				return Rewrite{
					Packet: func(p fault.Packet) []fault.Packet {
						if p.Dir == wire.ToServer && wire.TypeOf(p.Data) == wire.DISCONNECT {
							gone[p.Conn] = true
						}
						return []fault.Packet{p}
					},
					Keep: func(conn int) bool { return gone[conn] },
				}
			},
		},
	}
}
