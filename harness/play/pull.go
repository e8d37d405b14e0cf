package play

import (
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// pull looks at what the capture and the subject's API have that is new, and judges what needs no
// step: an API that reports what the wire has not shown.
func (p *player) pull() error {
	p.run.mu.Lock()
	crash, messages := p.run.crash, p.run.messages
	p.run.mu.Unlock()
	// The records are looked at after the messages: what was handed over before a message is among them.
	for _, r := range p.w.Recorder.Since(p.seen) {
		p.seen++
		p.pullRecord(r)
	}
	if crash != nil {
		return judge.Blame(p.judge.Broken("%v", crash), judge.EveryCallEnds)
	}
	for ; p.judged < len(messages); p.judged++ {
		m := messages[p.judged]
		if err := p.noted(p.judge.Message(m.Message, m.at)); err != nil && !judge.IsAPI(err) {
			return err
		} else if err != nil {
			p.lost = true
		}
	}
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	for _, c := range p.all {
		p.noted(p.judge.Call(&c.Call))
	}
	return nil
}

func (p *player) pullRecord(r capture.Record) {
	c := p.conns[r.Conn]
	if c == nil {
		c = &connState{}
		p.conns[r.Conn] = c
	}
	s := seen{Record: r}
	if len(r.Data) > 0 {
		s.packet, s.bad = r.Packet()
	}
	switch r.Kind {
	case capture.Sent:
		c.used = c.used || len(r.Data) > 0
		c.ended = c.ended || len(r.Data) == 0
		if _, ok := s.packet.(*wire.Disconnect); ok {
			c.disconnected = true
		}
		if !p.answerPing(s) {
			p.sent = append(p.sent, s)
		}
	case capture.Handed:
		if len(r.Data) > 0 {
			p.handed = append(p.handed, s)
		}
		p.judge.Handed(p.seen-1, s.packet)
	}
}

// answerPing has the script answer a PINGREQ that a foreign subject sends of its own accord, as every
// server does. Where the scenario speaks of PINGREQ it is the scenario that answers, or does not.
func (p *player) answerPing(s seen) bool {
	if _, ok := s.packet.(*wire.Pingreq); !ok || !p.opts.Foreign || p.sc.Peer != scenario.Script ||
		slices.Contains(p.sc.Allow, wire.PINGREQ) || p.expected(wire.PINGREQ) {
		return false
	}
	p.w.Link.Send(s.Conn, (&wire.Pingresp{}).Append(nil)) // it may have ended meanwhile
	return true
}

// expected reports whether the step that is played, or a later one, expects a packet of this type.
func (p *player) expected(t wire.Type) bool {
	return slices.ContainsFunc(p.later, func(st scenario.Step) bool {
		typ, ok := st.Packet()
		return ok && typ == t && strings.HasPrefix(st.Key, "expect ")
	})
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
		} else if wire.TypeOf(s.Data) == want || !p.allowed(s) {
			return
		}
		p.sent = p.sent[1:]
	}
}

// allowed reports whether the subject may send the packet without a step that expects it. One that is
// not ours may send any packet that is no fault in itself and that no step still expects: PINGREQ in
// silence, others with a warning.
func (p *player) allowed(s seen) bool {
	t := wire.TypeOf(s.Data)
	switch {
	case s.bad != nil:
		return false
	case slices.Contains(p.sc.Allow, t):
		return true
	case !p.opts.Foreign || p.expected(t):
		return false
	case t != wire.PINGREQ:
		p.warnings = append(p.warnings, "no step expects "+s.String())
	}
	return true
}

// mayEnd reports whether the subject may end a connection without a step that expects it.
func (p *player) mayEnd(conn int) bool {
	return p.conns[conn].disconnected || p.conns[conn].aborted || p.w.Link.Ended(conn)
}

// superseded reports whether the subject has gone on to a newer connection.
func (p *player) superseded(conn int) bool {
	for id, c := range p.conns {
		if id > conn && c.used {
			return true
		}
	}
	return false
}

// describe shows a record as failures do.
func (s seen) describe() string {
	if len(s.Data) == 0 {
		return "the end of connection " + fmt.Sprint(s.Conn) + " (" + s.Text + ")"
	}
	return wire.Describe(s.Data)
}
