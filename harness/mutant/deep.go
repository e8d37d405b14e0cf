package mutant

import (
	"context"
	"slices"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// Deep returns mutants for searches: sweeps, swarms and properties. They behave well without network faults, and each
// needs a fault at one place, or several in order, so that hand-written scenarios hardly detect them. [All] returns
// the mutants for scenarios. The slice is the caller's.
func Deep() []Mutant {
	return []Mutant{
		{
			Name: "deep-second-redelivery-lost", Doc: "sends nothing again from its third connection on",
			Violates: []string{"MQTT-4.4.0-1"}, Subjects: qos1, Rewrite: each(from(3, func(p fault.Packet) []fault.Packet {
				if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.Dup {
					return nil
				}
				return []fault.Packet{p}
			})),
		},
		{
			Name: "deep-second-redelivery-without-dup", Doc: "sends a message for the third time without DUP",
			Violates: []string{"MQTT-3.3.1-1"}, Subjects: qos1, Rewrite: thirdWithoutDup,
		},
		{
			Name: "deep-identifiers-wrap", Doc: "counts its packet identifiers from 1 to 3 and does not look which of them are in use",
			Violates: []string{"MQTT-2.3.1-2"}, Subjects: qos1, Rewrite: wraps,
		},
		{
			Name: "deep-half-a-puback-is-done", Doc: "takes the beginning of a PUBACK for all of it when the connection ends behind it",
			Violates: []string{"api-outcome-1"}, Subjects: qos1, Rewrite: halfPuback,
		},
		{
			Name: "deep-merged-puback-lost", Doc: "passes over a PUBACK that comes in one piece with another packet",
			Violates: []string{"api-outcome-2"}, Subjects: qos1, Rewrite: mergedLost,
		},
		{
			Name: "deep-second-resubscription-lost", Doc: "does not subscribe again from its third connection on",
			Violates: []string{"umqtt-resubscribe-1"}, Subjects: reconnecting, Rewrite: resubscribesOnce,
		},
		{
			Name: "deep-keep-alive-of-two-connections", Doc: "serves the keep alive of its first two connections only",
			Violates: []string{"MQTT-3.1.2-23"}, Subjects: qos1, Rewrite: each(from(3, func(p fault.Packet) []fault.Packet {
				if p.Dir == wire.ToServer && wire.TypeOf(p.Data) == wire.PINGREQ {
					return nil
				}
				return []fault.Packet{p}
			})),
		},
		{
			Name: "deep-clean-at-the-fourth", Doc: "asks for a clean session from its fourth connection on",
			Violates: []string{"MQTT-3.1.2-4"}, Subjects: qos1, Rewrite: each(from(4, func(p fault.Packet) []fault.Packet {
				if c, ok := decode[*wire.Connect](p, wire.ToServer); ok {
					c.CleanSession = true
					p.Data = c.Append(nil)
				}
				return []fault.Packet{p}
			})),
		},
		{
			Name: "deep-three-in-flight-turned-round", Doc: "sends the last two of three messages in flight again in the wrong order",
			Violates: []string{"MQTT-4.6.0-1"}, Subjects: qos1, Rewrite: turnedRound,
		},
		{
			Name: "deep-third-in-flight-forgotten", Doc: "sends two messages again at most",
			Violates: []string{"MQTT-4.4.0-1"}, Subjects: qos1, Rewrite: twoAgain,
		},
		{
			Name: "deep-refusal-passed-over", Doc: "takes the refusal of a later connection for its acceptance",
			Violates: []string{"api-outcome-1"}, Subjects: manual, Rewrite: each(from(2, func(p fault.Packet) []fault.Packet {
				if a, ok := decode[*wire.Connack](p, wire.ToClient); ok && a.Code != 0 {
					a.Code = 0
					p.Data = a.Append(nil)
				}
				return []fault.Packet{p}
			})),
		},
		{
			Name: "deep-end-inside-a-packet-kept", Doc: "leaves a connection open that ends inside of a packet",
			Violates: []string{"umqtt-reconnect-3"}, Subjects: qos1, Rewrite: keptInside,
		},
		{
			Name: "deep-last-byte-missing", Doc: "passes on a message whose last byte is missing when the connection ends behind it",
			Violates: []string{"api-delivery-1"}, Subjects: qos1, Rewrite: lastByte,
		},
		{
			Name: "deep-late-puback-for-the-newest", Doc: "takes a PUBACK that comes late for that of its newest message",
			Violates: []string{"api-outcome-1"}, Subjects: qos1, Rewrite: lateForNewest,
		},
		{
			Name: "deep-half-a-message-is-seen", Doc: "remembers the identifier of a message of which only a part came, and passes over its redelivery",
			Violates: []string{"api-delivery-1"}, Subjects: qos1, Rewrite: halfIsSeen,
		},
		{
			Name: "deep-third-session-believed", Doc: "takes the session for present on its third connection and later ones",
			Violates: []string{"umqtt-resubscribe-1"}, Subjects: reconnecting, Rewrite: each(from(3, func(p fault.Packet) []fault.Packet {
				if a, ok := decode[*wire.Connack](p, wire.ToClient); ok && a.Code == 0 {
					a.SessionPresent = true
					p.Data = a.Append(nil)
				}
				return []fault.Packet{p}
			})),
		},
		{
			Name: "deep-interrupted-subscribe-is-done", Doc: "reports a subscribe as done that the end of the connection interrupted",
			Violates: []string{"api-outcome-1"}, Subjects: manual,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return optimist{s} },
		},
		{
			Name: "deep-two-owed-pubacks", Doc: "acknowledges on the next connection what it has not acknowledged when a connection ends inside of a packet",
			Violates: []string{"umqtt-nesting-3"}, Subjects: qos1, Rewrite: owedPubacks,
		},
		{
			Name: "deep-delivers-again-at-the-fourth", Doc: "passes a message that is sent again on its fourth connection or a later one to its callback twice",
			Violates: []string{"api-delivery-1"}, Subjects: qos1, Rewrite: deliversAgain,
		},
	}
}

// from applies a change to the connections from a number on.
func from(conn int, change func(fault.Packet) []fault.Packet) func(fault.Packet) []fault.Packet {
	return func(p fault.Packet) []fault.Packet {
		if p.Conn < conn {
			return []fault.Packet{p}
		}
		return change(p)
	}
}

// thirdWithoutDup takes DUP from the third sending of a message on.
func thirdWithoutDup() Rewrite {
	sent := map[string]int{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS > 0 {
			k := m.Topic + "\x00" + string(m.Payload)
			if sent[k]++; sent[k] > 2 {
				m.Dup = false
				p.Data = m.Append(nil)
			}
		}
		return []fault.Packet{p}
	}}
}

// wraps gives messages identifiers that go round.
func wraps() Rewrite {
	const first, count = 1001, 3
	n := 0
	outer := map[uint16]uint16{} // as the client has it → as it is sent
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS == 1 {
			if outer[m.PacketID] == 0 || !m.Dup {
				outer[m.PacketID] = first + uint16(n%count)
				n++
			}
			m.PacketID = outer[m.PacketID]
			p.Data = m.Append(nil)
		}
		if a, ok := decode[*wire.Puback](p, wire.ToClient); ok {
			for inner, id := range outer {
				if id == a.PacketID {
					delete(outer, inner)
					a.PacketID = inner
					p.Data = a.Append(nil)
					break
				}
			}
		}
		return []fault.Packet{p}
	}}
}

// halfPuback completes a PUBACK that breaks off.
func halfPuback() Rewrite {
	var newest uint16
	return Rewrite{
		Packet: func(p fault.Packet) []fault.Packet {
			if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS == 1 {
				newest = m.PacketID
			}
			return []fault.Packet{p}
		},
		Rest: func(_ int, rest []byte) []byte {
			if len(rest) >= 2 && wire.TypeOf(rest) == wire.PUBACK {
				return (&wire.Puback{PacketID: newest}).Append(nil)
			}
			return rest
		},
	}
}

// mergedLost takes away a PUBACK in front of which the client has read another packet without waiting in between.
func mergedLost() Rewrite {
	read := map[int]int{}
	return Rewrite{
		Packet: func(p fault.Packet) []fault.Packet {
			if p.Dir == wire.ToServer {
				return []fault.Packet{p}
			}
			read[p.Conn]++
			if _, ok := decode[*wire.Puback](p, wire.ToClient); ok && read[p.Conn] > 1 {
				return nil
			}
			return []fault.Packet{p}
		},
		Wait: func(conn int) []fault.Packet {
			read[conn] = 0
			return nil
		},
	}
}

// resubscribesOnce answers the SUBSCRIBE packets of the third connection and later ones by itself, where they ask
// for nothing new.
func resubscribesOnce() Rewrite {
	var known subscribed
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if s, ok := decode[*wire.Subscribe](p, wire.ToServer); ok && p.Conn > 2 && known.has(s.Filters) {
			codes := make([]byte, len(s.Filters))
			for i, f := range s.Filters {
				codes[i] = byte(f.QoS)
			}
			return []fault.Packet{{Conn: p.Conn, Dir: wire.ToClient, Data: (&wire.Suback{PacketID: s.PacketID, Codes: codes}).Append(nil)}}
		}
		known.saw(p)
		return []fault.Packet{p}
	}}
}

// turnedRound holds the second message that is sent again on a connection back until the third is sent.
func turnedRound() Rewrite {
	again := map[int]int{}
	var held []fault.Packet
	return Rewrite{
		Packet: func(p fault.Packet) []fault.Packet {
			if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.Dup {
				again[p.Conn]++
				switch again[p.Conn] {
				case 2:
					held = append(held, p)
					return nil
				case 3:
					out := append([]fault.Packet{p}, held...)
					held = nil
					return out
				}
			}
			if p.Dir == wire.ToServer {
				out := append(held, p)
				held = nil
				return out
			}
			return []fault.Packet{p}
		},
		Wait: func(conn int) []fault.Packet {
			out := held
			held = nil
			return slices.DeleteFunc(out, func(p fault.Packet) bool { return p.Conn != conn })
		},
	}
}

// twoAgain takes away what is sent again behind two messages of a connection.
func twoAgain() Rewrite {
	again := map[int]int{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.Dup {
			if again[p.Conn]++; again[p.Conn] > 2 {
				return nil
			}
		}
		return []fault.Packet{p}
	}}
}

// keptInside keeps connections open that have ended inside of a packet.
func keptInside() Rewrite {
	inside := map[int]bool{}
	return Rewrite{
		Rest: func(conn int, rest []byte) []byte {
			inside[conn] = len(rest) > 0
			return rest
		},
		Keep: func(conn int) bool { return inside[conn] },
	}
}

// lastByte completes a PUBLISH of which only the last byte is missing by leaving that out.
func lastByte() Rewrite {
	return Rewrite{Rest: func(_ int, rest []byte) []byte {
		if wire.TypeOf(rest) != wire.PUBLISH || len(rest) < 2 || rest[1] == 0 || rest[1] >= 0x80 || len(rest) != 1+int(rest[1]) {
			return rest
		}
		whole := slices.Clone(rest)
		whole[1]--
		return whole
	}}
}

// lateForNewest gives a PUBACK that has come after long the identifier of the newest message in flight.
func lateForNewest() Rewrite {
	var open flight
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if a, ok := decode[*wire.Puback](p, wire.ToClient); ok && len(open) > 1 {
			if i := open.index(a.PacketID); i >= 0 && i < len(open)-1 && time.Since(open[i].since) >= long {
				open[i], open[len(open)-1] = open[len(open)-1], open[i]
				a.PacketID = open[i].PacketID
				p.Data = a.Append(nil)
			}
		}
		open.see(p)
		return []fault.Packet{p}
	}}
}

// halfIsSeen acknowledges a message that is sent again and of which a part has come before, and takes it away.
func halfIsSeen() Rewrite {
	seen := map[uint16]bool{}
	return Rewrite{
		Packet: func(p fault.Packet) []fault.Packet {
			if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 1 && m.Dup && seen[m.PacketID] {
				delete(seen, m.PacketID)
				return []fault.Packet{{Conn: p.Conn, Dir: wire.ToServer, Data: (&wire.Puback{PacketID: m.PacketID}).Append(nil)}}
			}
			return []fault.Packet{p}
		},
		Rest: func(_ int, rest []byte) []byte {
			if wire.TypeOf(rest) == wire.PUBLISH && len(rest) > 4 {
				if n := 4 + int(rest[2])<<8 + int(rest[3]); len(rest) >= n+2 {
					seen[uint16(rest[n])<<8|uint16(rest[n+1])] = true
				}
			}
			return rest
		},
	}
}

// owedPubacks sends what is not acknowledged when a connection breaks off inside of a packet behind the next CONNACK.
func owedPubacks() Rewrite {
	var open, owed []uint16
	return Rewrite{
		Packet: func(p fault.Packet) []fault.Packet {
			if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 1 {
				open = append(open, m.PacketID)
			}
			if a, ok := decode[*wire.Puback](p, wire.ToServer); ok {
				open = slices.DeleteFunc(open, func(id uint16) bool { return id == a.PacketID })
			}
			out := []fault.Packet{p}
			if _, ok := decode[*wire.Connack](p, wire.ToClient); ok {
				for _, id := range owed {
					out = append(out, fault.Packet{Conn: p.Conn, Dir: wire.ToServer, Data: (&wire.Puback{PacketID: id}).Append(nil)})
				}
				open, owed = nil, nil
			}
			return out
		},
		Rest: func(_ int, rest []byte) []byte {
			if len(rest) > 0 {
				owed = append(owed, open...)
				if wire.TypeOf(rest) == wire.PUBLISH && len(rest) > 4 {
					if n := 4 + int(rest[2])<<8 + int(rest[3]); len(rest) >= n+2 {
						owed = append(owed, uint16(rest[n])<<8|uint16(rest[n+1]))
					}
				}
			}
			return rest
		},
	}
}

// deliversAgain hands a message that is sent again on a late connection over twice, and takes one PUBACK away.
func deliversAgain() Rewrite {
	drop := map[uint16]int{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToClient); ok && m.QoS == 1 && m.Dup && p.Conn > 3 {
			drop[m.PacketID]++
			return []fault.Packet{p, p}
		}
		if a, ok := decode[*wire.Puback](p, wire.ToServer); ok && drop[a.PacketID] > 0 {
			drop[a.PacketID]--
			return nil
		}
		return []fault.Packet{p}
	}}
}

// optimist reports a subscribe as done whose connection was lost.
type optimist struct{ subject.Subject }

func (s optimist) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	granted, err := s.Subject.Subscribe(ctx, filters)
	if k := subject.KindOf(err); err == nil || k != subject.Network && k != subject.Closed {
		return granted, err
	}
	granted = make([]int, len(filters))
	for i, f := range filters {
		granted[i] = f.QoS
	}
	return granted, nil
}
