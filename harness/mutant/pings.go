package mutant

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// pinging lists mutants that keep the connection alive, but not when they should, or by the wrong signs.
func pinging() []Mutant {
	return []Mutant{
		{
			Name: "no-pingreq-while-waiting", Doc: "sends no PINGREQ while a publish waits for its PUBACK",
			Violates: []string{"MQTT-3.1.2-23"}, Subjects: qos1,
			Rewrite: func() Rewrite {
				var open flight
				return pingreqUnless(open.see, func() bool { return len(open) > 0 })
			},
		},
		{
			Name: "pingreq-put-off", Doc: "puts PINGREQ off when a message has come since it last sent something",
			Violates: []string{"MQTT-3.1.2-23"}, Subjects: qos1,
			Rewrite: func() Rewrite {
				heard, withheld := false, false
				return pingreqUnless(func(p fault.Packet) {
					withheld = heard
					heard = p.Dir == wire.ToClient && (heard || wire.TypeOf(p.Data) == wire.PUBLISH)
				}, func() bool { return withheld })
			},
		},
		{
			Name: "pingresp-in-advance", Doc: "takes a PINGRESP that answers nothing for the answer to a later PINGREQ",
			Violates: []string{"3.1.2.10-should-1"}, Subjects: qos1,
			Rewrite: pingrespInAdvance,
		},
		{
			Name: "anything-for-pingresp", Doc: "takes whatever comes behind a PINGREQ for its answer",
			Violates: []string{"3.1.2.10-should-1"}, Subjects: qos1,
			Rewrite: anythingForPingresp,
		},
		{
			Name: "keep-alive-one-byte", Doc: "puts only the low byte of the keep alive into CONNECT",
			Violates: []string{"MQTT-3.1.2-23"}, Subjects: connected,
			Rewrite: edit(wire.ToServer, func(c *wire.Connect) { c.KeepAlive &= 0xff }),
		},
	}
}

// pingreqUnless answers the subject's PINGREQs itself while withheld says so; see takes up every packet
// before.
func pingreqUnless(see func(fault.Packet), withheld func() bool) Rewrite {
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		see(p)
		if p.Dir == wire.ToServer && wire.TypeOf(p.Data) == wire.PINGREQ && withheld() {
			return []fault.Packet{pingresp()}
		}
		return []fault.Packet{p}
	}}
}

func pingresp() fault.Packet {
	return fault.Packet{Dir: wire.ToClient, Data: (&wire.Pingresp{}).Append(nil)}
}

// pingrespInAdvance gives each PINGREQ one of the PINGRESPs that nothing on its connection had asked for, if
// there are any.
func pingrespInAdvance() Rewrite {
	asked, spare := map[int]int{}, map[int]int{} // by connection
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		switch t := wire.TypeOf(p.Data); {
		case p.Dir == wire.ToServer && t == wire.PINGREQ && spare[p.Conn] > 0:
			spare[p.Conn]--
			return []fault.Packet{p, pingresp()}
		case p.Dir == wire.ToServer && t == wire.PINGREQ:
			asked[p.Conn]++
		case p.Dir == wire.ToClient && t == wire.PINGRESP && asked[p.Conn] > 0:
			asked[p.Conn]--
		case p.Dir == wire.ToClient && t == wire.PINGRESP:
			spare[p.Conn]++
		}
		return []fault.Packet{p}
	}}
}

// anythingForPingresp puts a PINGRESP in front of the first packet behind each PINGREQ of a connection.
func anythingForPingresp() Rewrite {
	asked := map[int]bool{} // by connection
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if p.Dir == wire.ToClient && asked[p.Conn] {
			asked[p.Conn] = false
			return []fault.Packet{pingresp(), p}
		}
		asked[p.Conn] = asked[p.Conn] || p.Dir == wire.ToServer && wire.TypeOf(p.Data) == wire.PINGREQ
		return []fault.Packet{p}
	}}
}
