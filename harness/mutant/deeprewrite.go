package mutant

import (
	"slices"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

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
