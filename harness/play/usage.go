package play

import (
	"fmt"
	"strings"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/world"
)

// usage is what the subject holds now. Of one that plays in this process it is the goroutines that the subject has
// started, and the connections that it has not ended: its memory is not told from that of others.
func (p *player) usage() subject.Usage {
	p.w.Settle()
	if m, ok := p.run.subj.(subject.Measurer); ok {
		if u, err := m.Usage(); err == nil {
			return u
		}
		return subject.Usage{Threads: subject.Unmeasured, Descriptors: subject.Unmeasured, Memory: subject.Unmeasured}
	}
	return subject.Usage{Threads: world.CountLabel(p.label()), Descriptors: len(p.w.Link.Open()), Memory: subject.Unmeasured}
}

// measureStart notes what the subject holds.
func (p *player) measureStart(st *scenario.Step) error {
	p.before = p.usage()
	return p.controlled(st, nil)
}

// measurePause is how long the real world goes on between two looks at what a subject holds.
const measurePause = 50 * time.Millisecond

// measureGrowth waits until the subject holds no more than the step allows, beside what it held at the start.
func (p *player) measureGrowth(st *scenario.Step) error {
	limit := st.Within
	if limit == 0 {
		limit = defaultWithin
	}
	for end := p.w.Now() + limit; ; {
		over := p.growth(st)
		if len(over) == 0 {
			return p.stepped(st, p.w.Now())
		}
		if p.w.Now() >= end {
			return p.judge.Wanted(st, p.allowance(st), strings.Join(over, ", "), "the client holds more than it did: %s", strings.Join(over, ", "))
		}
		if _, err := p.let(never, min(measurePause, end-p.w.Now())); err != nil {
			return err
		}
	}
}

// growth lists by how much the subject holds more than a step allows. What cannot be measured does not count.
func (p *player) growth(st *scenario.Step) (over []string) {
	now := p.usage()
	for _, m := range []struct {
		field       string
		before, now int64
	}{
		{"threads", int64(p.before.Threads), int64(now.Threads)}, {"descriptors", int64(p.before.Descriptors), int64(now.Descriptors)},
		{"memory", p.before.Memory, now.Memory},
	} {
		most, asked := st.Args.Int(m.field)
		if asked && m.before >= 0 && m.now-m.before > int64(most) {
			over = append(over, fmt.Sprintf("%s %+d, from %d to %d", m.field, m.now-m.before, m.before, m.now))
		}
	}
	return over
}

// allowance is what a step allows.
func (p *player) allowance(st *scenario.Step) string {
	return judge.DescribeArgs("growth of at most", st.Args)
}
