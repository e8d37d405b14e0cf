package fuzz

import (
	"bytes"
	"fmt"
	"slices"
	"testing/synctest"

	"umqtt/harness/wire"
)

// message returns a PUBLISH of the server. Its payload begins with a number, so that no two are the same.
func (d *duel) message(s *source) *wire.Publish {
	flags := s.below(256)
	d.next++
	p := &wire.Publish{
		Retain: flags&1 != 0, QoS: byte(flags >> 1 & 1), Dup: flags&4 != 0,
		Topic: texts[s.below(len(texts))], PacketID: uint16(d.next), Payload: fmt.Appendf(nil, "%d", d.next),
	}
	if flags&8 != 0 {
		p.Payload = nil
	}
	if flags&0x30 == 0x30 {
		p.QoS, p.PacketID = byte(s.below(4)), s.id()
	}
	return p
}

// large sends a PUBLISH around the size of MaxPacket, or says so and sends a part of it.
func (d *duel) large(s *source) string {
	p := d.message(s)
	limit := min(d.MaxPacket, 4096)
	size := limit - 8 + s.below(16) - len(p.Append(nil))
	p.Payload = append(p.Payload, bytes.Repeat([]byte{'-'}, max(size, 0))...)
	b := p.Append(nil)
	if s.below(4) == 3 {
		b = b[:len(b)/2]
	}
	return d.write(b)
}

// lengthen gives a packet a remaining length of one byte more than it needs, which is allowed.
func lengthen(b []byte) []byte {
	i := 1
	for b[i] >= 0x80 {
		i++
	}
	return slices.Concat(b[:i], []byte{b[i] | 0x80, 0}, b[i+1:])
}

// write sends bytes to the client as the server's mood is: in pieces, or later.
func (d *duel) write(b []byte) string {
	if d.held != nil {
		d.held = append(d.held, b...)
		return "held: " + shown(b)
	}
	l := d.current()
	if l == nil {
		return "nowhere"
	}
	size := d.chunk
	if size == 0 {
		size = max(len(b), 1)
	}
	for piece := range slices.Chunk(b, size) {
		d.mu.Lock()
		l.send(piece)
		d.mu.Unlock()
		synctest.Wait()
	}
	return shown(b)
}

func (d *duel) flush() {
	b := d.held
	d.held = nil
	d.write(b)
}

func shown(b []byte) string {
	return fmt.Sprintf("%s (% x)", wire.Describe(b), b[:min(len(b), 40)])
}

// answer gives the client a good answer to something that it asked and that was not answered.
func (d *duel) answer(s *source) string {
	n, code := s.below(256), pick(s, byte(1), 0, 2, wire.SubackFailure)
	asked := d.unanswered(n)
	switch p := asked.(type) {
	case nil:
		return "nothing"
	case *wire.Connect:
		return d.write((&wire.Connack{}).Append(nil))
	case *wire.Publish:
		return d.write((&wire.Puback{PacketID: p.PacketID}).Append(nil))
	case *wire.Subscribe:
		return d.write((&wire.Suback{PacketID: p.PacketID, Codes: bytes.Repeat([]byte{code}, len(p.Filters))}).Append(nil))
	case *wire.Unsubscribe:
		return d.write((&wire.Unsuback{PacketID: p.PacketID}).Append(nil))
	default:
		return d.write((&wire.Pingresp{}).Append(nil))
	}
}

// unanswered takes one of the packets that wait for an answer, nil if there are none.
func (d *duel) unanswered(n int) wire.Packet {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.newest()
	if l == nil || len(l.asked) == 0 {
		return nil
	}
	n %= len(l.asked)
	p := l.asked[n]
	l.asked = slices.Delete(l.asked, n, n+1)
	return p
}

// end ends the connection from the server's side.
func (d *duel) end(s *source) string {
	how := pick(s, "half close", "close", "reset")
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.newest()
	if l == nil {
		return "nothing"
	}
	switch how {
	case "half close":
		if l.server.CloseWrite() == nil {
			l.fin = true
		}
	case "close":
		var buf [512]byte
		for n := 1; n > 0; n, _ = l.server.TryRead(buf[:]) {
		}
		l.server.Close()
		l.fin, l.reset = true, true // what the client writes now is answered by RST
	case "reset":
		l.server.Reset()
		l.reset = true
	}
	return how
}
