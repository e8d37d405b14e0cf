package fuzz

import (
	"encoding/binary"
	"errors"

	"umqtt/client"
	"umqtt/harness/wire"
)

// A verdict is what package wire, and the rules of a session, make of the bytes that the server sent on a
// link: all that the client may take from it.
type verdict struct {
	publishes []publish
	answers   []answer
	accepted  *wire.Connack
	stop      *stop // nothing behind it counts; nil: there is none
}

// publish is a PUBLISH of the server.
type publish struct {
	*wire.Publish
	end     int  // where in the stream it is whole
	skipped bool // it is larger than MaxPacket
}

// answer is an acknowledgement of the server.
type answer struct {
	wire.Packet
	end int
}

// stop is the first thing in a stream for which the client has to close the connection.
type stop struct {
	why   string
	must  bool                 // false: it may wait for the rest of the packet
	named func(err error) bool // whether an error of the client tells it
}

func isProtocol(err error) bool {
	var e *client.ProtocolError
	return errors.As(err, &e)
}

func isOversize(err error) bool {
	var e *client.OversizeError
	return errors.As(err, &e)
}

func isQoS2(err error) bool { return errors.Is(err, client.ErrQoS2) }

// violates is a stop by whatever breaks the protocol.
func violates(why string) *stop {
	return &stop{why, true, func(err error) bool { return isProtocol(err) || isQoS2(err) }}
}

// judged walks through what the server sent on a link.
func (d *duel) judged(l *link) verdict {
	var v verdict
	var f wire.Framer
	f.Write(l.sent)
	for v.stop == nil {
		frame, err := f.Next()
		end := len(l.sent) - len(f.Rest())
		switch {
		case err != nil:
			v.stop = violates(err.Error())
		case frame == nil:
			v.stop = d.beginning(f.Rest(), v.accepted != nil)
			return v
		default:
			v.stop = d.packet(&v, l, frame, end)
		}
	}
	return v
}

// packet takes up one packet of the server.
func (d *duel) packet(v *verdict, l *link, frame []byte, end int) *stop {
	p, err := wire.DecodeFrom(wire.ToClient, frame)
	connack, isConnack := p.(*wire.Connack)
	switch {
	case err == nil && isConnack != (v.accepted == nil):
		return violates("CONNACK is not the first packet, or not the only one")
	case v.accepted != nil && len(frame) > d.MaxPacket && !(wire.TypeOf(frame) == wire.PUBLISH && d.OnOversize == client.OversizeSkip):
		return &stop{"too large", true, func(e error) bool {
			return isOversize(e) || isQoS2(e) && frame[0]>>1&3 == 2 || isProtocol(e) && err != nil
		}}
	case err != nil:
		return violates(err.Error())
	}
	switch p := p.(type) {
	case *wire.Connack:
		return v.connack(connack, l)
	case *wire.Publish:
		if p.QoS == 2 {
			return &stop{"QoS 2", true, isQoS2}
		}
		v.publishes = append(v.publishes, publish{p, end, len(frame) > d.MaxPacket})
	case *wire.Puback:
		if p.PacketID == 0 {
			return violates("PUBACK with packet identifier 0")
		}
		v.answers = append(v.answers, answer{p, end})
	case *wire.Suback:
		if n := v.asks(l, wire.SUBSCRIBE, wire.SUBACK, p.PacketID); n != len(p.Codes) {
			return violates("SUBACK that answers nothing, or with another number of codes")
		}
		v.answers = append(v.answers, answer{p, end})
	case *wire.Unsuback:
		if v.asks(l, wire.UNSUBSCRIBE, wire.UNSUBACK, p.PacketID) == 0 {
			return violates("UNSUBACK that answers nothing")
		}
		v.answers = append(v.answers, answer{p, end})
	case *wire.Pubrec, *wire.Pubrel, *wire.Pubcomp:
		return violates("a part of a QoS 2 exchange that nobody began")
	}
	return nil
}

// connack takes up the first packet.
func (v *verdict) connack(p *wire.Connack, l *link) *stop {
	asked, ok := l.wrote[0].Packet.(*wire.Connect)
	switch {
	case p.Code > 0:
		return &stop{"refused", true, func(err error) bool {
			var e *client.ConnackError
			return errors.As(err, &e) && e.Code == p.Code
		}}
	case p.SessionPresent && ok && asked.CleanSession:
		return violates("session present for a clean session")
	}
	v.accepted = p
	return nil
}

// asks returns how many filters the client's request has that an answer is for, and 0 if there is none, or
// if it was answered before. That the answer came before the request the client cannot always know.
func (v *verdict) asks(l *link, request, reply wire.Type, id uint16) int {
	for _, a := range v.answers {
		if got, _ := wire.Get(a.Packet, "packet_id"); a.Type() == reply && got == int(id) {
			return 0
		}
	}
	for _, w := range l.wrote {
		if got, _ := wire.Get(w.Packet, "packet_id"); w.Type() != request || got != int(id) {
			continue
		}
		switch p := w.Packet.(type) {
		case *wire.Subscribe:
			return len(p.Filters)
		case *wire.Unsubscribe:
			return len(p.Filters)
		}
	}
	return 0
}

// specimens are bodies that are good behind some first byte of each type a server may send.
var specimens = map[wire.Type][]byte{
	wire.CONNACK: {0, 0}, wire.PUBLISH: {0, 1, 'a', 0, 1}, wire.PUBACK: {0, 1}, wire.SUBACK: {0, 1, 0}, wire.UNSUBACK: {0, 1}, wire.PINGRESP: {},
}

// beginning judges the beginning of a packet: whether the rest can make it good. The client may wait for
// the rest, unless the packet is going to be too large.
func (d *duel) beginning(b []byte, accepted bool) *stop {
	if len(b) == 0 {
		return nil
	}
	typ := wire.TypeOf(b)
	specimen, known := specimens[typ]
	_, err := wire.DecodeFrom(wire.ToClient, append([]byte{b[0], byte(len(specimen))}, specimen...))
	n, width := binary.Uvarint(b[1:])
	size := 1 + width + int(n)
	qos2 := typ == wire.PUBLISH && b[0]>>1&3 == 2
	shortest, longest := len(specimen), len(specimen)
	switch typ {
	case wire.PUBLISH:
		shortest, longest = 3, maxRemaining
		if b[0]>>1&3 > 0 {
			shortest = 5
		}
	case wire.SUBACK:
		longest = maxRemaining
	}
	bad := !known || err != nil || (typ == wire.CONNACK) == accepted || qos2 || width > 0 && (int(n) < shortest || int(n) > longest)
	large := accepted && width > 0 && size > d.MaxPacket && !(typ == wire.PUBLISH && d.OnOversize == client.OversizeSkip)
	if !bad && !large {
		return nil
	}
	return &stop{"the beginning of a bad packet", large, func(e error) bool {
		return large && isOversize(e) || bad && (isProtocol(e) || isQoS2(e))
	}}
}

// maxRemaining is the largest remaining length.
const maxRemaining = 268435455
