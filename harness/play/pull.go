package play

import (
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
	"umqtt/scenarios"
)

// pull looks at what the capture and the subject's API have that is new, and judges what needs no
// step: an API that reports what the wire has not shown.
func (p *player) pull() error {
	p.run.mu.Lock()
	crash, messages := p.run.crash, p.run.messages
	p.run.mu.Unlock()
	// The records are looked at after the messages: what was handed over before a message is among them.
	for _, r := range p.w.rec.Since(p.seen) {
		p.seen++
		p.pullRecord(r)
	}
	if crash != nil {
		return blame(p.broken("%v", crash), everyCallEnds)
	}
	for ; p.judged < len(messages); p.judged++ {
		if err := p.judgeMessage(messages[p.judged]); err != nil {
			return err
		}
	}
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	for _, c := range p.all {
		if err := p.judgeCall(c); err != nil {
			return err
		}
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
		if pub, ok := s.packet.(*wire.Publish); ok {
			k := key{pub.Topic, string(pub.Payload)}
			p.shown[k] = append(p.shown[k], p.seen-1)
		}
	}
}

// judgeMessage checks the next of the callback's messages: the wire must have shown it, whole and well formed, as
// often as the callback has got it.
func (p *player) judgeMessage(m received) error {
	k := key{m.Topic, m.Payload}
	p.delivered[k]++
	shown, _ := slices.BinarySearch(p.shown[k], m.at) // how many of the records were before
	if p.delivered[k] <= shown {
		return nil
	}
	what, ids := p.unfounded(m.Message, shown)
	err := blame(p.wanted(nil, fmt.Sprintf("at most %d", shown), fmt.Sprintf("%d times topic=%q payload=%s", p.delivered[k], m.Topic, shorten(m.Payload)), "%s", what), ids...)
	err.(*refusal).always = true
	return err
}

// key is what tells messages apart that the callback gets.
type key struct{ topic, payload string }

// judgeCall checks a call that reported success: what answers it must have been handed over before.
func (p *player) judgeCall(c *call) error {
	if !c.done || c.err != nil || c.judgedAPI {
		return nil
	}
	c.judgedAPI = true
	records := p.w.rec.Since(0)[:c.at]
	var missing string
	switch c.verb {
	case "connect":
		if !living(records) {
			missing = lacks(records, c.from, accepts, "CONNACK code=0")
		}
	case "subscribe":
		missing = lacks(records, c.from, is[*wire.Suback], "SUBACK")
	case "unsubscribe":
		missing = lacks(records, c.from, is[*wire.Unsuback], "UNSUBACK")
	case "publish":
		missing = unacknowledged(records, c)
	}
	if missing != "" {
		what, ids := premature(records, c)
		err := blame(p.wanted(c.step, missing+" before it", "no such packet", "%s", what), ids...)
		err.(*refusal).always = true
		return err
	}
	return nil
}

// accepts reports whether a packet is a CONNACK that accepts the connection.
func accepts(q wire.Packet) bool { a, ok := q.(*wire.Connack); return ok && a.Code == 0 }

// living reports whether the newest connection was accepted and has not ended: a connect that finds it so
// has nothing to do.
func living(records []capture.Record) bool {
	newest, alive := 0, false
	for _, r := range records {
		if r.Conn > newest {
			newest, alive = r.Conn, false
		}
		if r.Conn != newest || r.Kind == capture.Event {
			continue
		}
		if len(r.Data) == 0 {
			alive = false
		} else if q, err := r.Packet(); err == nil && r.Kind == capture.Handed && accepts(q) {
			alive = true
		}
	}
	return alive
}

func is[T wire.Packet](q wire.Packet) bool { _, ok := q.(T); return ok }

// lacks returns what when no packet handed over since record from is a match.
func lacks(records []capture.Record, from int, match func(wire.Packet) bool, what string) string {
	for _, r := range records[min(from, len(records)):] {
		if r.Kind == capture.Handed {
			if q, err := r.Packet(); err == nil && q != nil && match(q) {
				return ""
			}
		}
	}
	return what
}

// unacknowledged returns what a QoS 1 or 2 publish still waits for: an acknowledgement of an id that
// one of its PUBLISH packets went out with.
func unacknowledged(records []capture.Record, c *call) string {
	if c.message.QoS == 0 {
		return ""
	}
	ids := map[int]bool{}
	for i, r := range records {
		if pub, ok := publish(r); ok && i >= c.from && r.Kind == capture.Sent && pub.Topic == c.message.Topic && string(pub.Payload) == c.message.Payload {
			ids[int(pub.PacketID)] = true
			continue
		}
		if r.Kind != capture.Handed || len(r.Data) == 0 {
			continue
		}
		q, err := r.Packet()
		if err != nil {
			continue
		}
		switch a := q.(type) {
		case *wire.Puback:
			if ids[int(a.PacketID)] && c.message.QoS == 1 {
				return ""
			}
		case *wire.Pubcomp:
			if ids[int(a.PacketID)] && c.message.QoS == 2 {
				return ""
			}
		}
	}
	if c.message.QoS == 2 {
		return "PUBCOMP"
	}
	return "PUBACK"
}

func publish(r capture.Record) (*wire.Publish, bool) {
	if len(r.Data) == 0 || wire.TypeOf(r.Data) != wire.PUBLISH {
		return nil, false
	}
	q, err := r.Packet()
	if err != nil {
		return nil, false
	}
	pub, ok := q.(*wire.Publish)
	return pub, ok
}

// answerPing has the script answer a PINGREQ that a foreign subject sends of its own accord, as every
// server does. Where the scenario speaks of PINGREQ it is the scenario that answers, or does not.
func (p *player) answerPing(s seen) bool {
	if _, ok := s.packet.(*wire.Pingreq); !ok || !p.opts.Foreign || p.sc.Peer != scenarios.Script ||
		slices.Contains(p.sc.Allow, wire.PINGREQ) || p.expected(wire.PINGREQ) {
		return false
	}
	p.w.link.Send(s.Conn, (&wire.Pingresp{}).Append(nil)) // it may have ended meanwhile
	return true
}

// expected reports whether the step that is played, or a later one, expects a packet of this type.
func (p *player) expected(t wire.Type) bool {
	return slices.ContainsFunc(p.later, func(st scenarios.Step) bool {
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
	return p.conns[conn].disconnected || p.conns[conn].aborted || p.w.link.Ended(conn)
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
