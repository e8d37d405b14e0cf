package mutant

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// onceMore lists mutants that get QoS 2 wrong when a packet of it is lost, comes again, or comes beside those of
// another exchange.
func onceMore() []Mutant {
	return []Mutant{
		{
			Name: "pubrel-wrong-id", Doc: "sends PUBREL with another packet id than that of the PUBREC",
			Violates: []string{"MQTT-4.3.3-1"}, Subjects: qos2,
			Rules: rules(sent(wire.PUBREL), fault.Corrupt{Byte: -1, Xor: 0x40}),
		},
		{
			Name: "pubcomp-wrong-id", Doc: "sends PUBCOMP with another packet id than that of the PUBREL",
			Violates: []string{"MQTT-4.3.3-2", "MQTT-2.3.1-6"}, Subjects: qos2,
			Rules: rules(sent(wire.PUBCOMP), fault.Corrupt{Byte: -2, Xor: 0x40}),
		},
		{
			Name: "puback-at-qos2", Doc: "answers a message at QoS 2 with PUBACK",
			Violates: []string{"MQTT-4.3.3-2"}, Subjects: qos2,
			Rewrite: pubackAtQoS2,
		},
		{
			Name: "qos2-not-resent", Doc: "forgets a message at QoS 2 without PUBREC when the connection is lost",
			Violates: []string{"MQTT-4.4.0-1"}, Subjects: qos2,
			Rewrite: resentQoS2(func(*wire.Publish) bool { return false }),
		},
		{
			Name: "qos2-resent-without-dup", Doc: "sends a message at QoS 2 again without DUP",
			Violates: []string{"MQTT-3.3.1-1"}, Subjects: qos2,
			Rewrite: resentQoS2(func(m *wire.Publish) bool { m.Dup = false; return true }),
		},
		{
			Name: "qos2-resent-under-another-id", Doc: "sends a message at QoS 2 again under another packet id",
			Violates: []string{"MQTT-2.3.1-3", "MQTT-4.4.0-1"}, Subjects: qos2,
			Rewrite: resentQoS2(func(m *wire.Publish) bool { m.PacketID ^= 0x4000; return true }),
		},
		{
			Name: "pubrel-resent-under-another-id", Doc: "sends PUBREL on a later connection under another packet id",
			Violates: []string{"MQTT-4.4.0-1"}, Subjects: qos2,
			Rewrite: edited(func(r *wire.Pubrel, conn int) bool {
				if conn > 1 {
					r.PacketID ^= 0x4000
				}
				return true
			}),
		},
		{
			Name: "publish-beside-pubrel", Doc: "sends the PUBLISH again, too, where PUBREL is due again",
			Violates: []string{"MQTT-4.3.3-1"}, Subjects: qos2,
			Rewrite: publishBesidePubrel,
		},
		{
			Name: "pubrel-after-clean", Doc: "sends the PUBRELs of an ended session in a new clean one",
			Violates: []string{"MQTT-3.1.2-6"}, Subjects: qos2,
			Rewrite: pubrelAfterClean,
		},
		{
			Name: "pubrels-again-wrong-order", Doc: "sends the first PUBREL of a later connection after the second",
			Violates: []string{"MQTT-4.6.0-4"}, Subjects: qos2,
			Rules: []fault.Rule{{Match: fault.Match{Dirs: fault.ToServer, Type: wire.PUBREL, Conn: 2, Nth: 1}, Action: fault.Swap{}}},
		},
		{
			Name: "qos1-before-qos2", Doc: "sends the first message at QoS 2 of a later connection after the packet behind it",
			Violates: []string{"MQTT-4.6.0-1"}, Subjects: qos2,
			Rules: []fault.Rule{{Match: fault.Match{Dirs: fault.ToServer, Type: wire.PUBLISH, Conn: 2, Nth: 1, Fields: is{"qos": 2}}, Action: fault.Swap{}}},
		},
		{
			Name: "pubrec-again-unanswered", Doc: "does not answer a PUBREC that comes again",
			Violates: []string{"MQTT-4.3.3-1"}, Subjects: qos2,
			Rewrite: pubrecAgainUnanswered,
		},
		{
			Name: "done-at-pubrec", Doc: "takes an exchange for over with its PUBREC",
			Violates: []string{"MQTT-4.3.3-1", "MQTT-4.4.0-1", "api-outcome-1"}, Subjects: qos2,
			Rewrite: doneAtPubrec,
		},
		{
			Name: "half-answer-counts", Doc: "takes the beginning of a PUBREC or PUBCOMP for the whole",
			Violates: []string{"MQTT-4.3.3-1", "MQTT-4.4.0-1"}, Subjects: qos2,
			Rewrite: halfAnswerCounts,
		},
		{
			Name: "id-freed-at-pubrec", Doc: "gives a new message the packet id of one that waits for its PUBCOMP",
			Violates: []string{"MQTT-2.3.1-2", "MQTT-4.3.3-1"}, Subjects: qos2,
			Rewrite: idFreedAtPubrec,
		},
	}
}

// pubackAtQoS2 turns each PUBREC of the subject into a PUBACK.
func pubackAtQoS2() Rewrite {
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if r, ok := decode[*wire.Pubrec](p, wire.ToServer); ok {
			p.Data = (&wire.Puback{PacketID: r.PacketID}).Append(nil)
		}
		return []fault.Packet{p}
	}}
}

// edited changes the subject's packets of one type; those for which change returns false are not sent.
func edited[P wire.Packet](change func(q P, conn int) bool) func() Rewrite {
	return each(func(p fault.Packet) []fault.Packet {
		if q, ok := decode[P](p, wire.ToServer); ok {
			if !change(q, p.Conn) {
				return nil
			}
			p.Data = q.Append(nil)
		}
		return []fault.Packet{p}
	})
}

// resentQoS2 changes messages at QoS 2 that the subject sends again.
func resentQoS2(change func(*wire.Publish) bool) func() Rewrite {
	return edited(func(m *wire.Publish, _ int) bool { return m.QoS != 2 || !m.Dup || change(m) })
}

// publishBesidePubrel sends a message again in front of each PUBREL on a later connection.
func publishBesidePubrel() Rewrite {
	sent := map[uint16]wire.Publish{}
	on := map[uint16]int{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS == 2 {
			sent[m.PacketID], on[m.PacketID] = *m, p.Conn
		}
		if r, ok := decode[*wire.Pubrel](p, wire.ToServer); ok && on[r.PacketID] != p.Conn {
			if m, ok := sent[r.PacketID]; ok {
				m.Dup = true
				return []fault.Packet{{Conn: p.Conn, Dir: p.Dir, Data: m.Append(nil)}, p}
			}
		}
		return []fault.Packet{p}
	}}
}

// pubrelAfterClean sends the PUBRELs that have no PUBCOMP when a connection with clean session has been accepted.
func pubrelAfterClean() Rewrite {
	var open []uint16
	clean := false
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		packets := []fault.Packet{p}
		if c, ok := decode[*wire.Connect](p, wire.ToServer); ok {
			clean = c.CleanSession
		}
		if r, ok := decode[*wire.Pubrel](p, wire.ToServer); ok {
			open = append(open, r.PacketID)
		}
		if c, ok := decode[*wire.Pubcomp](p, wire.ToClient); ok {
			open = withoutID(open, c.PacketID)
		}
		if a, ok := decode[*wire.Connack](p, wire.ToClient); ok && a.Code == 0 && clean {
			for _, id := range open {
				packets = append(packets, fault.Packet{Conn: p.Conn, Dir: wire.ToServer, Data: (&wire.Pubrel{PacketID: id}).Append(nil)})
			}
			open = nil
		}
		return packets
	}}
}

func withoutID(ids []uint16, id uint16) []uint16 {
	var rest []uint16
	for _, i := range ids {
		if i != id {
			rest = append(rest, i)
		}
	}
	return rest
}

// pubrecAgainUnanswered keeps from the subject a PUBREC that comes again on one connection.
func pubrecAgainUnanswered() Rewrite {
	type place struct {
		conn int
		id   uint16
	}
	seen := map[place]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok {
			delete(seen, place{p.Conn, m.PacketID})
		}
		if r, ok := decode[*wire.Pubrec](p, wire.ToClient); ok {
			if seen[place{p.Conn, r.PacketID}] {
				return nil
			}
			seen[place{p.Conn, r.PacketID}] = true
		}
		return []fault.Packet{p}
	}}
}

// doneAtPubrec hands the subject a PUBCOMP behind each PUBREC, and passes over the one that comes.
func doneAtPubrec() Rewrite {
	done := map[uint16]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if r, ok := decode[*wire.Pubrec](p, wire.ToClient); ok && !done[r.PacketID] {
			done[r.PacketID] = true
			return []fault.Packet{p, {Conn: p.Conn, Dir: p.Dir, Data: (&wire.Pubcomp{PacketID: r.PacketID}).Append(nil)}}
		}
		if c, ok := decode[*wire.Pubcomp](p, wire.ToClient); ok && done[c.PacketID] {
			delete(done, c.PacketID)
			return nil
		}
		return []fault.Packet{p}
	}}
}

// halfAnswerCounts completes a PUBREC or PUBCOMP in which the connection ends, for the newest message.
func halfAnswerCounts() Rewrite {
	var newest uint16
	return Rewrite{
		Packet: func(p fault.Packet) []fault.Packet {
			if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS == 2 {
				newest = m.PacketID
			}
			return []fault.Packet{p}
		},
		Rest: func(_ int, rest []byte) []byte {
			if len(rest) == 0 || newest == 0 {
				return rest
			}
			switch wire.TypeOf(rest) {
			case wire.PUBREC:
				return (&wire.Pubrec{PacketID: newest}).Append(nil)
			case wire.PUBCOMP:
				return (&wire.Pubcomp{PacketID: newest}).Append(nil)
			}
			return rest
		},
	}
}

// idFreedAtPubrec sends a new message under the id of one whose PUBREC has come and whose PUBCOMP has not.
func idFreedAtPubrec() Rewrite {
	var released []uint16
	own := map[uint16]uint16{} // as it was sent → as the subject has it
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.QoS > 0 && !m.Dup && len(released) > 0 {
			own[released[0]] = m.PacketID
			m.PacketID, released = released[0], released[1:]
			p.Data = m.Append(nil)
		}
		if r, ok := decode[*wire.Pubrec](p, wire.ToClient); ok {
			released = append(released, r.PacketID)
		}
		if c, ok := decode[*wire.Pubcomp](p, wire.ToClient); ok {
			released = withoutID(released, c.PacketID)
		}
		if a, ok := decode[*wire.Puback](p, wire.ToClient); ok {
			if id, ok := own[a.PacketID]; ok {
				a.PacketID = id
				p.Data = a.Append(nil)
			}
		}
		return []fault.Packet{p}
	}}
}
