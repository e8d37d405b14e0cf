package fuzz

import (
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/wire"
)

// wrote judges one packet of the client. The lock is held.
func (s *siege) wrote(l *front, frame []byte) {
	p, err := wire.DecodeFrom(wire.ToServer, frame)
	if err != nil {
		s.fault("the client writes % x: %v", frame, err)
		return
	}
	if first := len(l.wrote) == 0; first != (p.Type() == wire.CONNECT) {
		s.fault("%v is packet %d of its connection", p, len(l.wrote))
	}
	l.wrote = append(l.wrote, p)
	switch p := p.(type) {
	case *wire.Connect:
		if !s.silent {
			s.greet(l, 0)
		}
	case *wire.Publish:
		if p.QoS == 1 {
			s.published(l, p)
		}
	case *wire.Puback:
		if l.owed[p.PacketID]--; l.owed[p.PacketID] < 0 {
			s.fault("a PUBACK for %d, which the callback has not got", p.PacketID)
		}
	}
}

// greet answers a CONNECT.
func (s *siege) greet(l *front, code byte) {
	present := !s.fresh && !l.clean() && len(s.links) > 1 && code == 0
	l.greets = code == 0
	l.send(&wire.Connack{SessionPresent: present, Code: code})
}

// clean reports whether the client has asked for a clean session. What else comes first is a fault already.
func (l *front) clean() bool {
	if len(l.wrote) == 0 {
		return false
	}
	p, ok := l.wrote[0].(*wire.Connect)
	return ok && p.CleanSession
}

func (l *front) send(p wire.Packet) { _, _ = l.server.Write(p.Append(nil)) }

// published judges a PUBLISH at QoS 1: the first one has DUP 0, later ones the same identifier and DUP 1, and none
// overtakes one that was published before it.
func (s *siege) published(l *front, p *wire.Publish) {
	name := string(p.Payload)
	var before *front // that it was sent on in this session
	for _, other := range slices.Backward(s.links) {
		if _, ok := other.ids[name]; ok && (other != l || p.Dup) {
			before = other
		}
		if other.clean() {
			break // its session is its own; a message that was in flight before is a new one
		}
	}
	switch {
	case before == nil && p.Dup:
		s.fault("%s has DUP and was never sent", name)
	case before != nil && !p.Dup:
		s.fault("%s is sent again without DUP", name)
	case before != nil && before.ids[name] != p.PacketID:
		s.fault("%s is sent again as %d, after %d", name, p.PacketID, before.ids[name])
	}
	if _, again := l.ids[name]; !again {
		for other := range l.ids {
			if p.Dup && order(other) > order(name) {
				s.fault("%s is sent again behind %s", name, other)
			}
		}
	}
	l.ids[name] = p.PacketID
}

// order is the number in the name of a message.
func order(name string) (n int) {
	fmt.Sscanf(name[strings.LastIndexByte(name, ' ')+1:], "%d", &n)
	return n
}
