package mutant

import (
	"context"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
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
			Name: "callback-stops-pingreq", Doc: "sends no PINGREQ while the callback of a message at QoS 1 is at work",
			Violates: []string{"MQTT-3.1.2-23"}, Subjects: []string{"ref"},
			Rewrite: func() Rewrite {
				owed := map[uint16]bool{}
				return pingreqUnless(func(p fault.Packet) {
					if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 1 {
						owed[m.PacketID] = true
					}
					if a, ok := decode[*wire.Puback](p, wire.ToServer); ok {
						delete(owed, a.PacketID)
					}
				}, func() bool { return len(owed) > 0 })
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
			Name: "busy-sender-trusting", Doc: "sends no PINGREQ as long as it has something else to send",
			Violates: []string{"umqtt-keepalive-1"}, Subjects: manual,
			Rewrite: busyTrusting,
		},
		{
			Name: "callback-out-of-qos0", Doc: "takes up what has arrived before it publishes at QoS 0, callbacks and all",
			Violates: []string{"umqtt-keepalive-2"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return curious{s} },
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
			Name: "flood-trusted", Doc: "waits for its PINGRESP for as long as packets come",
			Violates: []string{"3.1.2.10-should-1"}, Subjects: qos1,
			Rewrite: floodTrusted,
		},
		{
			Name: "bytes-are-no-sign", Doc: "takes no notice of a packet before its last byte is there",
			Violates: []string{"3.1.2.10-should-1"}, Subjects: qos1,
			Rewrite: func() Rewrite { return Rewrite{Whole: true} },
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

// busyTrusting answers PINGREQs itself that the subject sends before half of its keep alive is over.
func busyTrusting() Rewrite {
	var keepAlive time.Duration
	var last time.Time
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if p.Dir == wire.ToClient {
			return []fault.Packet{p}
		}
		idle := time.Since(last)
		if c, ok := decode[*wire.Connect](p, wire.ToServer); ok {
			keepAlive = time.Duration(c.KeepAlive) * time.Second
		}
		if wire.TypeOf(p.Data) == wire.PINGREQ && idle < keepAlive/2 {
			return []fault.Packet{pingresp()}
		}
		last = time.Now()
		return []fault.Packet{p}
	}}
}

// floodTrusted has a PINGRESP come with the first packet that comes when a PINGREQ has waited for twice the keep
// alive, as if it had come in time.
func floodTrusted() Rewrite {
	var keepAlive time.Duration
	asked := map[int]time.Time{} // by connection: the first PINGREQ that waits
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if c, ok := decode[*wire.Connect](p, wire.ToServer); ok {
			keepAlive = time.Duration(c.KeepAlive) * time.Second
		}
		since := asked[p.Conn]
		switch t := wire.TypeOf(p.Data); {
		case p.Dir == wire.ToServer && t == wire.PINGREQ && since.IsZero():
			asked[p.Conn] = time.Now()
		case p.Dir == wire.ToClient && t == wire.PINGRESP:
			delete(asked, p.Conn)
		case p.Dir == wire.ToClient && !since.IsZero() && time.Since(since) >= 2*keepAlive:
			delete(asked, p.Conn)
			return []fault.Packet{p, pingresp()}
		}
		return []fault.Packet{p}
	}}
}

// curious idles for a moment before it publishes at QoS 0.
type curious struct{ subject.Subject }

func (s curious) Publish(ctx context.Context, m subject.Message, done func(error)) {
	if idler, ok := s.Subject.(subject.Idler); ok && m.QoS == 0 {
		moment, cancel := context.WithTimeout(ctx, time.Millisecond)
		_ = idler.Idle(moment) // that there is no connection, the publish finds too
		cancel()
	}
	s.Subject.Publish(ctx, m, done)
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
