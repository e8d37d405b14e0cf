package play

import (
	"fmt"
	"time"

	"umqtt/scenarios"
)

// skipPackets is skip for a step that waits for the end of a connection.
func (p *player) skipPackets() {
	for len(p.sent) > 0 && len(p.sent[0].Data) > 0 && p.allowed(p.sent[0]) {
		p.sent = p.sent[1:]
	}
}

// quiet lets time pass, and fails when the subject sends a packet or ends a connection meanwhile.
func (p *player) quiet(st *scenarios.Step, d time.Duration) error {
	_, err := p.let(func() (bool, error) {
		warned := len(p.warnings)
		if p.skip(0); len(p.sent) > 0 {
			return false, p.wanted(st, "silence", p.sent[0].describe(), "the subject sent something that no step expects")
		}
		if st != nil && len(p.warnings) > warned { // a foreign subject, where silence is what the step is about
			return false, p.wanted(st, "silence", p.warnings[warned], "the subject sent something that no step expects")
		}
		return false, nil
	}, d)
	if err != nil || st == nil {
		return err
	}
	return p.stepped(st, p.w.link.Now())
}

// silence is the end of every scenario: nothing more is sent, and nothing is left over.
func (p *player) silence() error {
	if err := p.quiet(nil, p.opts.settle()); err != nil {
		return err
	}
	if m, ok := p.message(p.got); ok {
		return p.wanted(nil, "no further message", fmt.Sprintf("topic=%q payload=%s", m.Topic, shorten(m.Payload)), "the callback got a message that no step lists")
	}
	if p.wit != nil {
		if m, ok := p.wit.peek(); ok {
			return p.wanted(nil, "no further message", fmt.Sprintf("topic=%q payload=%s", m.Topic, shorten(m.Payload)), "the witness got a message that no step lists")
		}
	}
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	for _, c := range p.all {
		if c.step == nil || c.name != "" || c.nested {
			continue
		}
		switch {
		case !c.done:
			return p.unended(c.step, c, "success by the end of the scenario")
		case c.err != nil:
			return p.failed(c.step, c)
		}
	}
	return nil
}
