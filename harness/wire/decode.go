package wire

// maxRemaining is the largest remaining length that four bytes can say (section 2.2.3).
const maxRemaining = 268435455

// Decode reads exactly one packet from frame. The error, if there is one, is always a *Violation. The
// packet keeps no part of frame.
//
// Decode checks rules in this order: the remaining length is that of the frame; the type is known; the flags
// of the first byte; then the fields from left to right. It reports the first rule that is broken.
func Decode(frame []byte) (Packet, error) {
	return decode(frame, both)
}

// DecodeFrom is Decode for a packet in direction dir. It also refuses a type that is not allowed in this
// direction (2.2.1-must-2), before it checks the flags and fields.
func DecodeFrom(dir Direction, frame []byte) (Packet, error) {
	var way [2]bool
	way[dir&1] = true
	return decode(frame, way)
}

// decode reads one packet that may travel at least one of these ways.
func decode(frame []byte, ways [2]bool) (Packet, error) {
	r := reader{frame: frame, typ: known(frame)}
	r.header(ways)
	if r.bad != nil {
		return nil, r.bad
	}
	p := r.packet()
	r.end()
	if r.bad != nil {
		return nil, r.bad
	}
	return p, nil
}

// header reads the fixed header, and leaves the reader at the first byte behind it.
func (r *reader) header(ways [2]bool) {
	n, width := remainingLength(r.frame)
	switch total := 1 + width + n; {
	case width > maxWidth:
		r.fail(maxWidth, fourBytes, nil, "a remaining length that goes on in a fifth byte")
		return
	case width == 0:
		r.fail(len(r.frame), exactLength, nil, "%s, not a whole fixed header", count(len(r.frame)))
		return
	case len(r.frame) < total:
		r.fail(len(r.frame), exactLength, nil, "the end of the frame, %s early", count(total-len(r.frame)))
		return
	case len(r.frame) > total:
		r.fail(total, exactLength, nil, "%s behind the packet", count(len(r.frame)-total))
		return
	}
	r.at = 1 + width
	k := kindOf(r.typ)
	flags := r.frame[0] & 0x0f
	switch {
	case r.typ == 0:
		r.fail(0, reservedType, nil, "packet type %d", TypeOf(r.frame))
	case !(ways[ToServer] && k.ways[ToServer] || ways[ToClient] && k.ways[ToClient]):
		r.fail(0, wrongWay, nil, "a type that only a %s sends", k.sender())
	case r.typ != PUBLISH && flags != k.flags:
		r.fail(0, k.rule, k.also, "flags %04b, not %04b", flags, k.flags)
	}
}

// packet reads the fields of the packet that the fixed header announced.
func (r *reader) packet() Packet {
	switch r.typ {
	case CONNECT:
		return decodeConnect(r)
	case CONNACK:
		return decodeConnack(r)
	case PUBLISH:
		return decodePublish(r)
	case PUBACK:
		return &Puback{PacketID: r.ackedID()}
	case PUBREC:
		return &Pubrec{PacketID: r.ackedID()}
	case PUBREL:
		return &Pubrel{PacketID: r.ackedID()}
	case PUBCOMP:
		return &Pubcomp{PacketID: r.ackedID()}
	case SUBSCRIBE:
		return decodeSubscribe(r)
	case SUBACK:
		return decodeSuback(r)
	case UNSUBSCRIBE:
		return decodeUnsubscribe(r)
	case UNSUBACK:
		return &Unsuback{PacketID: r.ackedID()}
	case PINGREQ:
		return &Pingreq{}
	case PINGRESP:
		return &Pingresp{}
	default: // DISCONNECT; header has refused what is left
		return &Disconnect{}
	}
}

// known returns the frame's packet type, 0 for the reserved ones.
func known(frame []byte) Type {
	if t := TypeOf(frame); t <= DISCONNECT {
		return t
	}
	return 0
}

// maxWidth is how many bytes a remaining length may take.
const maxWidth = 4

// remainingLength reads the remaining length behind a frame's first byte: its value and how many bytes
// it takes. The width is 0 when the bytes end before it does, and above maxWidth when it takes too many.
func remainingLength(b []byte) (n, width int) {
	for i := 1; i < len(b); i++ {
		if i > maxWidth {
			break
		}
		n |= int(b[i]&0x7f) << (7 * (i - 1))
		if b[i] < 0x80 {
			return n, i
		}
	}
	if len(b) > maxWidth {
		return 0, maxWidth + 1
	}
	return 0, 0
}
