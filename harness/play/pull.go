package play

import (
	"errors"
	"fmt"
	"slices"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// pull looks at what the capture and the subject's API have that is new, and judges what needs no
// step: an API that reports what the wire has not shown.
func (p *player) pull() error {
	p.run.mu.Lock()
	crash, messages := p.run.crash, p.run.messages
	p.run.mu.Unlock()
	if p.sc.Oracle != "" {
		p.watchOnline()
		if crash != nil {
			return p.crashed(crash)
		}
		return nil // the oracle judges the whole
	}
	// The records are looked at after the messages: what was handed over before a message is among them.
	for _, r := range p.w.Recorder.Since(p.seen) {
		p.seen++
		p.pullRecord(r)
	}
	if crash != nil {
		return p.crashed(crash)
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
	finished, changed := p.run.finished, p.run.changed
	p.run.finished, p.run.changed = nil, nil
	p.run.mu.Unlock()
	for _, c := range changed {
		p.noted(p.judge.Changed(&c.call.Call, c.is, c.to))
	}
	slices.SortFunc(finished, func(a, b *call) int { return a.order - b.order })
	for _, c := range finished {
		p.noted(p.judge.Call(&c.Call))
	}
	return nil
}

// crashed is the failure of a subject that has panicked or ended, that reported an outcome twice, or whose adapter
// cannot go on.
func (p *player) crashed(crash error) error {
	if errors.Is(crash, errStorm) {
		p.endless = true
		return p.judge.Broken("%v", crash)
	}
	err := judge.Blame(p.judge.Broken("%v", crash), judge.EveryCallEnds)
	if f, ok := errors.AsType[*subject.Fault](crash); ok && f.Setup {
		err = p.judge.Setup(nil, "%v", crash)
	}
	if c, ok := errors.AsType[*panicError](crash); ok {
		err = judge.WithStacks(err, c.stack)
	}
	return detailed(err, crash)
}

// detailed adds to err what the subject of a fault has printed.
func detailed(err, fault error) error {
	if f, ok := errors.AsType[*subject.Fault](fault); ok {
		return judge.WithPrinted(err, f.Printed)
	}
	return err
}

func (p *player) pullRecord(r capture.Record) {
	c := p.conns[r.Conn]
	if c == nil {
		c = newConnState()
		p.conns[r.Conn] = c
		p.known = max(p.known, r.Conn)
	}
	s := seen{Record: r, index: p.seen - 1}
	if len(r.Data) > 0 {
		s.packet, s.bad = r.Packet()
	}
	if q, ok := s.packet.(*wire.Subscribe); ok && r.Kind == capture.Sent {
		s.again = p.subscribes(q)
	}
	switch r.Kind {
	case capture.Sent:
		if len(r.Data) > 0 {
			c.used = true
			p.used = max(p.used, r.Conn)
		}
		c.ended = c.ended || len(r.Data) == 0
		if _, ok := s.packet.(*wire.Disconnect); ok {
			c.disconnected = true
		}
		if p.opts.Foreign {
			c.sends(s)
			p.sendsAgain(s)
		}
		if p.sc.Buffer > 0 && s.bad != nil && wire.Begun(s.Data) {
			return // it could not write the rest
		}
		if !p.answers(s) {
			p.sent = append(p.sent, s)
		}
	case capture.Handed:
		c.isHanded(s)
		if s.bad != nil {
			p.malformed = append(p.malformed, s)
		}
		p.judge.Handed(p.seen-1, s.packet)
	}
}

// mayEnd reports whether the subject may end a connection without a step that expects it.
func (p *player) mayEnd(conn int) bool {
	if (p.opts.Foreign || p.w.Front != nil) && !p.conns[conn].used {
		return true // nothing was sent on it, or the handshake below MQTT failed
	}
	return p.conns[conn].disconnected || p.conns[conn].left || p.w.Link.Ended(conn)
}

// superseded reports whether the subject has gone on to a newer connection.
func (p *player) superseded(conn int) bool {
	return p.used > conn
}

// did says what the subject did, behind "the client".
func (s seen) did() string {
	if len(s.Data) == 0 {
		return "ended the connection"
	}
	return "sent " + wire.TypeOf(s.Data).String()
}

// describe shows a record as failures do.
func (s seen) describe() string {
	if len(s.Data) == 0 {
		return fmt.Sprintf("the end of connection %d (%s)", s.Conn, s.Text)
	}
	return wire.Describe(s.Data)
}
