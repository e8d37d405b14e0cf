package mutant

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// framing lists mutants that find the packets of a stream in a wrong way, or write them so that nobody finds
// them.
func framing() []Mutant {
	return []Mutant{
		{
			Name: "pieces-lost", Doc: "takes what one read returns for whole packets, and loses a packet that comes in pieces",
			Violates: []string{"MQTT-7.1.2-1"}, Subjects: connected,
			Rewrite: func() Rewrite { return Rewrite{Piece: func(int, []byte) []byte { return nil }} },
		},
		{
			Name: "length-cut-at-two-bytes", Doc: "forgets what it has of a PUBLISH when a read ends behind the second byte of its length and more of that comes",
			Violates: []string{"MQTT-7.1.2-1", "2.2.3-must-2"}, Subjects: connected,
			Rewrite: func() Rewrite { return Rewrite{Piece: lengthCutAtTwo} },
		},
		{
			Name: "connack-of-four-bytes", Doc: "reads four bytes for a CONNACK whatever its length says",
			Violates: []string{"2.2.3-must-2", "MQTT-4.8.0-1"}, Subjects: connected,
			Rewrite: func() Rewrite { return Rewrite{Piece: connackBehind, Packet: noShortConnack} },
		},
		{
			Name: "length-of-one-byte-too-long", Doc: "writes a remaining length of 128 or 16384 in a byte less than it takes",
			Violates: []string{"2.2.3-must-2", "MQTT-3.3.2-1"}, Subjects: connected,
			Rewrite: each(narrowLength),
		},
		{
			Name: "long-message-cut", Doc: "delivers the first 100 bytes of a message that has more",
			Violates: []string{"2.2.3-must-2"}, Subjects: connected,
			Rewrite: edit(wire.ToClient, func(m *wire.Publish) { m.Payload = m.Payload[:min(100, len(m.Payload))] }),
		},
		{
			Name: "early-connack-accepted", Doc: "takes a CONNACK without its fields, or with a length of five bytes, for one that accepts",
			Violates: []string{"2.2.3-must-1", "2.2.3-must-2", "MQTT-4.8.0-1"}, Subjects: connected,
			Rewrite: each(func(p fault.Packet) []fault.Packet {
				whole := !p.Raw && len(p.Data) >= 4
				if p.Dir == wire.ToClient && wire.TypeOf(p.Data) == wire.CONNACK && !whole {
					return []fault.Packet{{Dir: wire.ToClient, Data: (&wire.Connack{}).Append(nil)}}
				}
				return []fault.Packet{p}
			}),
		},
		{
			Name: "connack-flags-unread", Doc: "does not read the first byte of CONNACK",
			Violates: []string{"3.2.2.1-must-1"}, Subjects: connected,
			Rewrite: connackBytes(func(flags, _ *byte) { *flags = 0 }),
		},
	}
}

// strayAnswers lists mutants that are out of step behind an answer to nothing: one for each type of answer.
func strayAnswers() []Mutant {
	var ms []Mutant
	for _, t := range []struct {
		name string
		wire.Type
	}{
		{"connack", wire.CONNACK}, {"puback", wire.PUBACK}, {"pubrec", wire.PUBREC}, {"pubrel", wire.PUBREL},
		{"pubcomp", wire.PUBCOMP}, {"suback", wire.SUBACK}, {"unsuback", wire.UNSUBACK},
	} {
		ms = append(ms, Mutant{
			Name: "deaf-behind-a-stray-" + t.name, Doc: "passes over a " + t.Type.String() + " that it does not wait for, and over all behind it",
			Violates: []string{"2.2.3-must-2", "MQTT-4.3.2-1", "MQTT-4.3.2-2", "MQTT-4.3.3-1", "MQTT-4.3.3-2"}, Subjects: connected,
			Rewrite: deafBehindStray(t.Type),
		})
	}
	return ms
}

// An answer is a packet type and its id; CONNACK has 0.
type answer struct {
	t  wire.Type
	id uint16
}

// deafBehindStray takes away each answer of a type to nothing that was asked, and all that comes behind it on its
// connection.
func deafBehindStray(t wire.Type) func() Rewrite {
	return func() Rewrite { return deafBehind(t) }
}

func deafBehind(t wire.Type) Rewrite {
	awaited := map[answer]bool{}
	deaf := map[int]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		a, ok := answerOf(p)
		switch {
		case p.Dir == wire.ToServer:
			if ok {
				awaited[a] = true
			}
		case ok && a.t == t && !awaited[a]:
			deaf[p.Conn] = true
		case ok:
			delete(awaited, a)
		}
		if p.Dir == wire.ToClient && deaf[p.Conn] {
			return nil
		}
		return []fault.Packet{p}
	}}
}

// answerOf returns the answer that a packet of the subject waits for, or that a packet for the subject is.
func answerOf(p fault.Packet) (answer, bool) {
	q, err := wire.Decode(p.Data)
	if err != nil || p.Raw {
		return answer{}, false
	}
	if p.Dir == wire.ToServer {
		switch q := q.(type) {
		case *wire.Connect:
			return answer{wire.CONNACK, 0}, true
		case *wire.Publish:
			return answer{map[byte]wire.Type{1: wire.PUBACK, 2: wire.PUBREC}[q.QoS], q.PacketID}, q.QoS > 0
		case *wire.Pubrec:
			return answer{wire.PUBREL, q.PacketID}, true
		case *wire.Pubrel:
			return answer{wire.PUBCOMP, q.PacketID}, true
		case *wire.Subscribe:
			return answer{wire.SUBACK, q.PacketID}, true
		case *wire.Unsubscribe:
			return answer{wire.UNSUBACK, q.PacketID}, true
		}
		return answer{}, false
	}
	switch q := q.(type) {
	case *wire.Connack:
		return answer{wire.CONNACK, 0}, true
	case *wire.Puback:
		return answer{wire.PUBACK, q.PacketID}, true
	case *wire.Pubrec:
		return answer{wire.PUBREC, q.PacketID}, true
	case *wire.Pubrel:
		return answer{wire.PUBREL, q.PacketID}, true
	case *wire.Pubcomp:
		return answer{wire.PUBCOMP, q.PacketID}, true
	case *wire.Suback:
		return answer{wire.SUBACK, q.PacketID}, true
	case *wire.Unsuback:
		return answer{wire.UNSUBACK, q.PacketID}, true
	}
	return answer{}, false
}

// noShortConnack takes away a CONNACK that is too short, as the part of one that is read.
func noShortConnack(p fault.Packet) []fault.Packet {
	if shortConnack(p) {
		return nil
	}
	return []fault.Packet{p}
}

func shortConnack(p fault.Packet) bool {
	return !p.Raw && p.Dir == wire.ToClient && wire.TypeOf(p.Data) == wire.CONNACK && len(p.Data) == 3
}

// connackBehind makes a CONNACK of the byte that a short one leaves behind.
func connackBehind(_ int, rest []byte) []byte {
	if len(rest) == 1 && rest[0] == 0 {
		return (&wire.Connack{}).Append(nil)
	}
	return rest
}

// narrowLength makes the topic begin a byte early for whoever reads the packet: it writes the remaining length of a packet as if the last byte of one, two or three held 128.
func narrowLength(p fault.Packet) []fault.Packet {
	if p.Raw || p.Dir != wire.ToServer {
		return []fault.Packet{p}
	}
	at := bodyAt(p.Data)
	switch body := p.Data[at:]; len(body) {
	case 128, 16384:
		head := append([]byte{p.Data[0]}, p.Data[1:at-2]...)
		p.Data = append(append(head, 0x80), body...)
	}
	return []fault.Packet{p}
}

// lengthCutAtTwo discards the beginning of a PUBLISH that ends behind two bytes of a longer length.
func lengthCutAtTwo(_ int, piece []byte) []byte {
	if len(piece) == 3 && wire.TypeOf(piece) == wire.PUBLISH && piece[1] >= 0x80 && piece[2] >= 0x80 {
		return nil
	}
	return piece
}
