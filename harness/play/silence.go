package play

import (
	"slices"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/scenario"
)

// skipPackets is skip for a step that waits for the end of a connection.
func (p *player) skipPackets() {
	for len(p.sent) > 0 && len(p.sent[0].Data) > 0 && p.allowed(p.sent[0]) {
		p.sent = p.sent[1:]
	}
}

// quiet lets time pass, and fails when the subject sends a packet or ends a connection meanwhile: on one
// connection, or on any where conn is 0. A device publishes when it likes: what it sends besides is a warning.
func (p *player) quiet(st *scenario.Step, d time.Duration, conn int) error {
	_, err := p.let(func() (bool, error) {
		warned := len(p.warnings)
		if conn != 0 {
			p.sent = slices.DeleteFunc(p.sent, func(s seen) bool { return s.Conn != conn })
		}
		if p.skip(0); len(p.sent) > 0 {
			return false, p.judge.Wanted(st, "silence", p.sent[0].describe(), "the client %s, which no step expects", p.sent[0].did())
		}
		if st != nil && len(p.warnings) > warned && !p.stays { // a foreign subject, where silence is what the step is about
			return false, p.judge.Wanted(st, "silence", p.warnings[warned], "the client sent a packet that no step expects")
		}
		return false, nil
	}, d)
	if err != nil || st == nil {
		return err
	}
	return p.stepped(st, p.w.Now())
}

// silence is the end of every scenario: nothing more is sent, and nothing is left over.
func (p *player) silence() error {
	if err := p.quiet(nil, p.settle(), 0); err != nil {
		return err
	}
	for m, ok := p.message(p.got); ok && p.sentAgain(m.Message); m, ok = p.message(p.got) {
		p.got++
	}
	if m, ok := p.message(p.got); ok && !p.lost {
		return p.judge.Wanted(nil, "no further message", judge.DescribeMessage(m.Message), "the callback got a message that no step expects")
	}
	if w := p.w.Witness(); w != nil {
		for m, ok := w.Peek(); ok && p.sentAgain(published(m)); m, ok = w.Peek() {
			w.Pop()
		}
		if m, ok := w.Peek(); ok {
			return p.judge.Wanted(nil, "no further message", judge.DescribeMessage(published(m)), "the witness got a message that no step expects")
		}
	}
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	for _, c := range p.unnamed {
		switch {
		case !c.Done:
			p.noted(p.unended(c.Step, c, "success by the end of the scenario"))
		case c.Err != nil && !untold(c):
			p.noted(p.judge.Failed(c.Step, &c.Call))
		}
	}
	return nil
}

// settle is how long that silence lasts.
func (p *player) settle() time.Duration {
	if p.opts.Settle > 0 {
		return p.opts.Settle
	}
	return p.w.Silence()
}
