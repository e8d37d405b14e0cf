package mutant

import (
	"context"
	"slices"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// keeping lists mutants that get wrong what is in flight: what they keep of it, and for how long.
func keeping() []Mutant {
	return []Mutant{
		{
			Name: "timed-out-forgotten", Doc: "forgets a message once it has given up waiting for its PUBACK and gone on",
			Violates: []string{"umqtt-inflight-2", "MQTT-4.1.0-2"}, Subjects: qos1,
			Rewrite: timedOutForgotten,
		},
		{
			Name: "late-puback-dropped", Doc: "passes over a PUBACK that comes long after the first PUBLISH",
			Violates: []string{"umqtt-inflight-2", "MQTT-4.3.2-1", "MQTT-4.1.0-2"}, Subjects: qos1,
			Rewrite: latePubackDropped,
		},
		{
			Name: "published-anew-on-timeout", Doc: "publishes a message once more when it has given up waiting for its PUBACK",
			Violates: []string{"umqtt-retry-1"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return impatient{s} },
		},
		{
			Name: "retry-unasked", Doc: "sends what is in flight again with every PINGREQ",
			Violates: []string{"umqtt-retry-1"}, Subjects: qos1,
			Rewrite: retryUnasked,
		},
		{
			Name: "forgotten-on-disconnect", Doc: "forgets what is in flight when it disconnects",
			Violates: []string{"MQTT-4.4.0-1"}, Subjects: qos1,
			Rewrite: forgottenOnDisconnect,
		},
		{
			Name: "identifiers-come-round", Doc: "takes the packet id of a message in flight when its packet ids come round again",
			Violates: []string{"MQTT-2.3.1-2"}, Subjects: manual, Long: true,
			Rewrite: identifiersComeRound,
		},
		{
			Name: "identifiers-begin-anew", Doc: "counts packet ids from 1 on every connection, whatever is in flight",
			Violates: []string{"MQTT-2.3.1-2"}, Subjects: qos1,
			Rewrite: identifiersBeginAnew,
		},
		{
			Name: "qos0-resent", Doc: "sends the QoS 0 messages of a lost connection again, with DUP",
			Violates: []string{"MQTT-4.3.1-1", "MQTT-3.3.1-2"}, Subjects: qos1,
			Rewrite: qos0Resent,
		},
	}
}

// A flying message is one of the subject's at QoS 1 that no PUBACK has come for.
type flying struct {
	*wire.Publish
	since time.Time // its first sending
}

// flight is what the subject has in flight, in the order of the first sendings.
type flight []flying

// see takes up a packet of either direction.
func (f *flight) see(p fault.Packet) {
	if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS == 1 && f.index(m.PacketID) < 0 {
		*f = append(*f, flying{m, time.Now()})
	}
	if a, ok := decode[*wire.Puback](p, wire.ToClient); ok {
		f.end(a.PacketID)
	}
}

// index finds an id, -1 if it is not in flight.
func (f flight) index(id uint16) int {
	return slices.IndexFunc(f, func(m flying) bool { return m.PacketID == id })
}

// end takes an id out of flight, if it is in it.
func (f *flight) end(id uint16) {
	if i := f.index(id); i >= 0 {
		*f = slices.Delete(*f, i, i+1)
	}
}

// long is a time after which a subject with a limit of its own no longer waits for a PUBACK.
const long = 1500 * time.Millisecond

// timedOutForgotten takes away the resends of messages that have been in flight for long when the subject
// sends another packet than PINGREQ on the same connection.
func timedOutForgotten() Rewrite {
	var open flight
	on := map[uint16]int{} // packet id → connection of the first sending
	forgotten := map[uint16]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.Dup && forgotten[m.PacketID] {
			return nil
		}
		open.see(p)
		if p.Dir == wire.ToClient || wire.TypeOf(p.Data) == wire.PINGREQ {
			return []fault.Packet{p}
		}
		for _, m := range open {
			if on[m.PacketID] == 0 {
				on[m.PacketID] = p.Conn
			}
			forgotten[m.PacketID] = forgotten[m.PacketID] || on[m.PacketID] == p.Conn && time.Since(m.since) >= long
		}
		return []fault.Packet{p}
	}}
}

// latePubackDropped takes away the PUBACKs of messages that have been in flight for long.
func latePubackDropped() Rewrite {
	var open flight
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if a, ok := decode[*wire.Puback](p, wire.ToClient); ok {
			if i := open.index(a.PacketID); i >= 0 && time.Since(open[i].since) >= long {
				return nil
			}
		}
		open.see(p)
		return []fault.Packet{p}
	}}
}

// impatient makes one more attempt at a publish that timed out.
type impatient struct{ subject.Subject }

func (s impatient) Publish(ctx context.Context, m subject.Message, done func(error)) {
	s.Subject.Publish(ctx, m, func(err error) {
		if subject.KindOf(err) == subject.Timeout {
			s.Subject.Publish(ctx, m, done)
		} else {
			done(err)
		}
	})
}

// retryUnasked sends what is in flight in front of every PINGREQ.
func retryUnasked() Rewrite {
	var open flight
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		open.see(p)
		var packets []fault.Packet
		if p.Dir == wire.ToServer && wire.TypeOf(p.Data) == wire.PINGREQ {
			for _, m := range open {
				again := *m.Publish
				again.Dup = true
				packets = append(packets, fault.Packet{Dir: wire.ToServer, Data: again.Append(nil)})
			}
		}
		return append(packets, p)
	}}
}

// forgottenOnDisconnect takes away the resends of what was in flight at a DISCONNECT.
func forgottenOnDisconnect() Rewrite {
	var open flight
	forgotten := map[uint16]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.Dup && forgotten[m.PacketID] {
			return nil
		}
		open.see(p)
		if p.Dir == wire.ToServer && wire.TypeOf(p.Data) == wire.DISCONNECT {
			for _, m := range open {
				forgotten[m.PacketID] = true
			}
		}
		return []fault.Packet{p}
	}}
}

// identifiersBeginAnew gives new messages ids that count from 1 on each connection, and turns them back in
// the PUBACKs.
func identifiersBeginAnew() Rewrite {
	type place struct {
		conn int
		id   uint16
	}
	count := map[int]uint16{}
	own := map[place]uint16{} // as it was sent → as the subject has it
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS == 1 && !m.Dup && p.Conn > 1 {
			count[p.Conn]++
			own[place{p.Conn, count[p.Conn]}] = m.PacketID
			m.PacketID = count[p.Conn]
			p.Data = m.Append(nil)
		}
		if a, ok := decode[*wire.Puback](p, wire.ToClient); ok {
			if id, ok := own[place{p.Conn, a.PacketID}]; ok {
				delete(own, place{p.Conn, a.PacketID})
				a.PacketID = id
				p.Data = a.Append(nil)
			}
		}
		return []fault.Packet{p}
	}}
}

// qos0Resent keeps the QoS 0 messages of the newest connection, and sends them behind the CONNACK of the
// next one.
func qos0Resent() Rewrite {
	conn := 0
	var kept []*wire.Publish
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		packets := []fault.Packet{p}
		if a, ok := decode[*wire.Connack](p, wire.ToClient); ok && a.Code == 0 && p.Conn != conn {
			for _, m := range kept {
				m.Dup = true
				packets = append(packets, fault.Packet{Dir: wire.ToServer, Data: m.Append(nil)})
			}
			conn, kept = p.Conn, nil
		}
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS == 0 {
			kept = append(kept, m)
		}
		return packets
	}}
}

// identifiersComeRound gives a new message, whose id follows that of one in flight and was there before, the id of
// that one.
func identifiersComeRound() Rewrite {
	var open flight
	used := map[uint16]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS == 1 && !m.Dup {
			before := m.PacketID - 1
			if used[m.PacketID] && open.index(before) >= 0 {
				m.PacketID = before
				p.Data = m.Append(nil)
			}
			used[m.PacketID] = true
		}
		open.see(p)
		return []fault.Packet{p}
	}}
}
