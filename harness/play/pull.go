package play

import (
	"fmt"
	"slices"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// pull looks at what the capture and the subject's API have that is new, and judges what needs no
// step: an API that reports what the wire has not shown.
func (p *player) pull() error {
	for _, r := range p.w.rec.Since(p.seen) {
		p.seen++
		p.pullRecord(r)
	}
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	if p.run.crash != nil {
		return p.fail(nil, "%v", p.run.crash)
	}
	for ; p.judged < len(p.run.messages); p.judged++ {
		if err := p.judgeMessage(p.run.messages[:p.judged+1]); err != nil {
			return err
		}
	}
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
		p.sent = append(p.sent, s)
	case capture.Handed:
		if len(r.Data) > 0 {
			p.handed = append(p.handed, s)
		}
	}
}

// judgeMessage checks the newest of the callback's messages: the wire must have shown it, whole, as
// often as the callback has got it.
func (p *player) judgeMessage(messages []received) error {
	m := messages[len(messages)-1]
	delivered := 0
	for _, o := range messages {
		if o.Topic == m.Topic && o.Payload == m.Payload {
			delivered++
		}
	}
	shown := 0
	for _, r := range p.w.rec.Since(0)[:m.at] {
		if pub, ok := publish(r); ok && r.Kind == capture.Handed && pub.Topic == m.Topic && string(pub.Payload) == m.Payload {
			shown++
		}
	}
	if delivered > shown {
		return p.wanted(nil, fmt.Sprintf("at most %d", shown), fmt.Sprintf("%d times topic=%q payload=%s", delivered, m.Topic, shorten(m.Payload)),
			"the callback got a message that the subject was not handed whole")
	}
	return nil
}

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
		missing = lacks(records, c.from, func(q wire.Packet) bool { a, ok := q.(*wire.Connack); return ok && a.Code == 0 }, "CONNACK code=0")
	case "subscribe":
		missing = lacks(records, c.from, is[*wire.Suback], "SUBACK")
	case "unsubscribe":
		missing = lacks(records, c.from, is[*wire.Unsuback], "UNSUBACK")
	case "publish":
		missing = unacknowledged(records, c)
	}
	if missing != "" {
		return p.wanted(c.step, missing+" before it", "no such packet", "the API reported success of %s %s too early", c.verb, c.name)
	}
	return nil
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

// skip takes from the front of what the subject sent whatever no step need ask for: packets that the
// scenario allows, and the end of a connection that was told or forced to end. want is the packet type
// that a step asks for, or 0.
func (p *player) skip(want wire.Type) {
	for len(p.sent) > 0 {
		s := p.sent[0]
		if len(s.Data) == 0 {
			if !(want == wire.CONNECT && p.conns[s.Conn].used) && !p.mayEnd(s.Conn) {
				return
			}
		} else if wire.TypeOf(s.Data) == want || !p.allowed(s) {
			return
		}
		p.sent = p.sent[1:]
	}
}

// allowed reports whether the subject may send the packet without a step that expects it. One that is
// not ours may send any packet that is no fault in itself: PINGREQ in silence, others with a warning.
func (p *player) allowed(s seen) bool {
	t := wire.TypeOf(s.Data)
	switch {
	case s.bad != nil:
		return false
	case slices.Contains(p.sc.Allow, t), p.opts.Foreign && t == wire.PINGREQ:
		return true
	case p.opts.Foreign:
		p.warnings = append(p.warnings, "no step expects "+s.String())
		return true
	}
	return false
}

// mayEnd reports whether the subject may end a connection without a step that expects it.
func (p *player) mayEnd(conn int) bool {
	return p.conns[conn].disconnected || p.conns[conn].aborted || p.w.link.Ended(conn)
}

// describe shows a record as failures do.
func (s seen) describe() string {
	if len(s.Data) == 0 {
		return "the end of connection " + fmt.Sprint(s.Conn) + " (" + s.Text + ")"
	}
	return wire.Describe(s.Data)
}
