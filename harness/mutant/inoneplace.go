package mutant

import (
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/transport"
	"umqtt/harness/wire"
)

// inOnePlace lists mutants that are wrong in one place, about what others get wrong nearly everywhere.
func inOnePlace() []Mutant {
	return []Mutant{
		{
			Name: "slow-puback-lost", Doc: "passes over a PUBACK that comes more than half a second after its PUBLISH",
			Violates: []string{"MQTT-4.3.2-1", "api-outcome-2"}, Subjects: qos1,
			Rewrite: slowPubackLost,
		},
		{
			Name: "acknowledged-sent-again", Doc: "sends the last message that was acknowledged again in the next connection of its session",
			Violates: []string{"MQTT-4.3.2-1"}, Subjects: connected,
			Rewrite: acknowledgedSentAgain,
		},
		{
			Name: "length-of-three-bytes-at-most", Doc: "writes a remaining length above 2097151 in three bytes",
			Violates: []string{"2.2.3-must-1", "2.2.3-must-2", "MQTT-3.3.2-1"}, Subjects: connected,
			Rewrite: func() Rewrite { return Rewrite{Sent: true, Packet: threeBytesAtMost} },
		},
		{
			Name: "hasty-over-tls", Doc: "reports success of a publish before it has begun, where it speaks TLS",
			Violates: []string{"MQTT-4.3.2-1", "api-outcome-1"}, Subjects: qos1,
			Wrap: hastyOver(transport.TLS),
		},
		{
			Name: "hasty-over-websocket", Doc: "reports success of a publish before it has begun, where it speaks WebSocket",
			Violates: []string{"MQTT-4.3.2-1", "api-outcome-1"}, Subjects: connected,
			Wrap: hastyOver(transport.WebSocket),
		},
		{
			Name: "ten-redelivered", Doc: "sends ten messages again on the next connection, and takes the others in flight for done",
			Violates: []string{"MQTT-4.4.0-1", "api-outcome-1"}, Subjects: qos1,
			Rewrite: tenRedelivered,
		},
		{
			Name: "first-sent-late-without-dup", Doc: "sends again with DUP 0 what was first sent on a later connection than the first",
			Violates: []string{"MQTT-3.3.1-1"}, Subjects: reconnecting,
			Rewrite: firstSentLate,
		},
		{
			Name: "password-only-once", Doc: "gives user name and password with its first connection only",
			Violates: []string{"umqtt-reconnect-1"}, Subjects: reconnecting,
			Rewrite: later(func(c *wire.Connect) { c.Username, c.Password = nil, nil }),
		},
		{
			Name: "will-retained-only-once", Doc: "asks for a retained will with its first connection only",
			Violates: []string{"umqtt-reconnect-1"}, Subjects: reconnecting,
			Rewrite: later(func(c *wire.Connect) {
				if c.Will != nil {
					c.Will.Retain = false
				}
			}),
		},
	}
}

// slowPubackLost takes away the PUBACKs that are not there soon.
func slowPubackLost() Rewrite {
	var open flight
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if a, ok := decode[*wire.Puback](p, wire.ToClient); ok {
			if i := open.index(a.PacketID); i >= 0 && time.Since(open[i].since) > time.Second/2 {
				return nil
			}
		}
		open.see(p)
		return []fault.Packet{p}
	}}
}

// acknowledgedSentAgain puts the last acknowledged message behind the CONNACK of a session that is there.
func acknowledgedSentAgain() Rewrite {
	sent := map[uint16]*wire.Publish{}
	var last *wire.Publish
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS == 1 {
			sent[m.PacketID] = m
		}
		if a, ok := decode[*wire.Puback](p, wire.ToClient); ok && sent[a.PacketID] != nil {
			last = sent[a.PacketID]
			delete(sent, a.PacketID)
		}
		a, ok := decode[*wire.Connack](p, wire.ToClient)
		if !ok || !a.SessionPresent || last == nil {
			return []fault.Packet{p}
		}
		again := *last
		again.Dup = true
		last = nil
		return []fault.Packet{p, {Dir: wire.ToServer, Data: again.Append(nil)}}
	}}
}

// hastyOver is hasty over one transport.
func hastyOver(kind transport.Kind) func(subject.Subject, subject.Env) subject.Subject {
	return func(s subject.Subject, env subject.Env) subject.Subject {
		if env.Target.Kind == kind {
			return hasty{s}
		}
		return s
	}
}

// tenRedelivered takes away what is sent again beyond the tenth message of a connection, and acknowledges it.
func tenRedelivered() Rewrite {
	again := map[int]int{} // by connection
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.Dup {
			if again[p.Conn]++; again[p.Conn] > 10 {
				a := wire.Puback{PacketID: m.PacketID}
				return []fault.Packet{{Conn: p.Conn, Dir: wire.ToClient, Data: a.Append(nil)}}
			}
		}
		return []fault.Packet{p}
	}}
}

// firstSentLate takes DUP off what is sent again, but for messages of the first connection.
func firstSentLate() Rewrite {
	late := map[uint16]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS == 1 {
			if !m.Dup {
				late[m.PacketID] = p.Conn > 1
			} else if late[m.PacketID] {
				m.Dup = false
				p.Data = m.Append(nil)
			}
		}
		return []fault.Packet{p}
	}}
}

// threeBytesAtMost takes the fourth byte off the remaining length of a packet of the subject, and with it what the length says of
// 2 MiB and more.
func threeBytesAtMost(p fault.Packet) []fault.Packet {
	if p.Dir == wire.ToServer && !p.Raw && bodyAt(p.Data) == 5 {
		length := p.Data[1:4]
		length[2] &^= 0x80
		p.Data = append(p.Data[:4:4], p.Data[5:]...)
	}
	return []fault.Packet{p}
}
