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
			Name: "lost-behind-a-stray-puback", Doc: "passes over a PUBACK that it does not wait for, and over the packet behind it",
			Violates: []string{"2.2.3-must-2"}, Subjects: qos1,
			Rewrite: lostBehindStray,
		},
	}
}

// lostBehindStray takes away each PUBACK of no message in flight, and what comes next on its connection.
func lostBehindStray() Rewrite {
	var open flight
	stray := map[int]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if a, ok := decode[*wire.Puback](p, wire.ToClient); ok && open.index(a.PacketID) < 0 {
			stray[p.Conn] = true
			return nil
		}
		open.see(p)
		if p.Dir == wire.ToClient && stray[p.Conn] {
			stray[p.Conn] = false
			return nil
		}
		return []fault.Packet{p}
	}}
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
