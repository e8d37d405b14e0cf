package play

import (
	"slices"
	"strings"

	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// The standard leaves a client many habits that a script does not list: to ping early, to send again what
// is not acknowledged, to subscribe again. A subject that is not ours may have them all: what no step asks
// for is passed over where it is legal, and answered as a server would.

// answers has the script answer a packet that a foreign subject sends of its own accord, as every server
// does, and reports whether it has.
func (p *player) answers(s seen) bool {
	if !p.opts.Foreign || s.bad != nil {
		return false
	}
	script := p.sc.Peer == scenario.Script
	switch q := s.packet.(type) {
	case *wire.Pingreq:
		if slices.Contains(p.sc.Allow, wire.PINGREQ) || p.asks(wire.PINGREQ) {
			return false
		}
		p.pinged = s.Time
		if script && !p.owed {
			p.reply(s.Conn, &wire.Pingresp{})
		}
		return true
	case *wire.Subscribe:
		if !script || !s.again || p.expected(wire.SUBSCRIBE) {
			return false
		}
		codes := make([]byte, len(q.Filters))
		for i, f := range q.Filters {
			codes[i] = byte(f.QoS)
		}
		p.reply(s.Conn, &wire.Suback{PacketID: q.PacketID, Codes: codes})
		return true
	}
	return false
}

// reply has the script answer by itself: at once, or behind the packet that it is in the middle of, and never
// before the CONNACK (MQTT-3.2.0-1). The connection may have ended meanwhile.
func (p *player) reply(conn int, q wire.Packet) {
	c := p.conns[conn]
	if !c.greeted || len(c.toSubject.Rest()) > 0 {
		c.replies = append(c.replies, q.Append(nil))
		return
	}
	p.w.Link.Send(conn, q.Append(nil))
}

// wrote notes what the script has sent, and sends the answers that were waiting for the end of a packet.
func (p *player) wrote(conn int, b []byte) {
	c := p.conns[conn]
	if c == nil {
		return
	}
	c.toSubject.Write(b)
	for {
		frame, err := c.toSubject.Next()
		if err != nil {
			c.toSubject = wire.Framer{} // it is no packet: nothing tells where the next one begins
		}
		if err != nil || frame == nil {
			break
		}
		c.greeted = c.greeted || wire.TypeOf(frame) == wire.CONNACK
	}
	for c.greeted && len(c.replies) > 0 && len(c.toSubject.Rest()) == 0 {
		p.w.Link.Send(conn, c.replies[0])
		c.replies = c.replies[1:]
	}
}

// sentAgain reports whether the subject has sent a message again, so that it may reach others twice.
func (p *player) sentAgain(m subject.Message) bool { return p.again[m.Topic+"\x00"+m.Payload] }

// sendsAgain notes a message that the subject sends again.
func (p *player) sendsAgain(s seen) {
	if q, ok := s.packet.(*wire.Publish); ok && q.Dup {
		p.again[q.Topic+"\x00"+string(q.Payload)] = true
	}
}

// pingedEarly reports whether the subject has sent the PINGREQ that a step expects before the step, and it was
// answered as the script would have answered it: what the step waits for has come since the packet before.
func (p *player) pingedEarly() bool {
	answers := p.sc.Peer == scenario.Broker || len(p.later) > 1 && p.later[1].Key == "send PINGRESP"
	return answers && p.pinged > p.asked
}

// subscribes notes what the subject subscribes to, and reports whether it has asked for all of that before: it
// may do so again whenever it likes.
func (p *player) subscribes(q *wire.Subscribe) (again bool) {
	again = true
	for _, f := range q.Filters {
		again = again && p.subscribed[f]
		p.subscribed[f] = true
	}
	return again
}

// asks reports whether the step that is played expects a packet of this type.
func (p *player) asks(t wire.Type) bool {
	return slices.ContainsFunc(p.now(), func(st scenario.Step) bool { return expects(st, t) })
}

// now is the steps that are played.
func (p *player) now() []scenario.Step {
	if len(p.later) == 0 {
		return nil
	}
	return p.later[:unordered(p.later)]
}

// expected reports whether the step that is played, or a later one, expects a packet of this type.
func (p *player) expected(t wire.Type) bool {
	return slices.ContainsFunc(p.later, func(st scenario.Step) bool { return expects(st, t) })
}

// awaitsClose reports whether a step waits for the end of a connection.
func awaitsClose(st scenario.Step) bool {
	return st.Key == "expect close" || slices.ContainsFunc(st.Or, awaitsClose)
}

// mayClose reports whether one of the alternatives of a step is the end of the connection.
func mayClose(st scenario.Step, conn int) bool {
	return slices.ContainsFunc(st.Or, func(or scenario.Step) bool {
		n, _ := or.Args.Int("conn")
		return or.Key == "expect close" && (n == 0 || n == conn)
	})
}

func expects(st scenario.Step, t wire.Type) bool {
	typ, ok := st.Packet()
	so := func(st scenario.Step) bool { return expects(st, t) }
	return ok && typ == t && strings.HasPrefix(st.Key, "expect ") || slices.ContainsFunc(st.Or, so) || slices.ContainsFunc(st.Steps, so)
}

// skip takes from the front of what the subject sent whatever no step need ask for: packets that the
// scenario allows, and the end of a connection that was told or forced to end. want is the packet type
// that a step asks for, or 0.
func (p *player) skip(want wire.Type) {
	for len(p.sent) > 0 {
		s := p.sent[0]
		if len(s.Data) == 0 {
			if !(want == wire.CONNECT && p.conns[s.Conn].used) && !p.mayEnd(s.Conn) && !p.superseded(s.Conn) {
				return
			}
			if slices.ContainsFunc(p.now(), func(st scenario.Step) bool { return mayClose(st, s.Conn) }) {
				return
			}
		} else if wire.TypeOf(s.Data) == want || !p.allowed(s) {
			return
		}
		p.sent = p.sent[1:]
	}
}

// allowed reports whether the subject may send the packet without a step that expects it. One that is
// not ours may send any packet that is no fault in itself and that no step still expects: a legal one in
// silence, others with a warning.
func (p *player) allowed(s seen) bool {
	t := wire.TypeOf(s.Data)
	switch {
	case s.bad != nil:
		return false
	case slices.Contains(p.sc.Allow, t):
		return true
	case !p.opts.Foreign:
		return false
	case p.repeats(s):
		return true
	case p.expected(t):
		return false
	case t == wire.PINGREQ, t == wire.CONNECT, s.again, p.conns[s.Conn].acknowledges(s):
	case t == wire.DISCONNECT && (p.conns[s.Conn].overBefore(s) || slices.ContainsFunc(p.now(), awaitsClose)): // it says so before it closes
	default:
		p.warnings = append(p.warnings, "no step expects "+s.String())
	}
	return true
}

// repeats reports whether a packet is sent again on a connection that lives on: a client may do so with what
// is not acknowledged.
func (p *player) repeats(s seen) bool {
	if q, ok := s.packet.(*wire.Publish); ok && !q.Dup {
		return false
	}
	return p.conns[s.Conn].sentBefore(s)
}
