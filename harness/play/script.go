package play

import (
	"errors"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/scenario"
)

// script walks the steps, then the silence at the end.
func (p *player) script() error {
	if err := p.playAll(p.sc.Steps, func(i int) []scenario.Step { return p.sc.Steps[i:] }); err != nil {
		return err
	}
	p.later = nil
	return p.silence()
}

// playAll plays steps. later returns the i-th and all that are played behind it.
func (p *player) playAll(steps []scenario.Step, later func(i int) []scenario.Step) error {
	for i := 0; i < len(steps); {
		p.later = later(i)
		p.w.Settle()
		p.began = p.w.Now()
		if p.opts.Begin != nil {
			p.opts.Begin(&steps[i])
		}
		n := unordered(steps[i:])
		if err := p.steps(steps[i : i+n]); err != nil {
			return err
		}
		if err := p.w.Link.Err(); err != nil {
			return p.judge.Setup(&steps[i], "%v", err)
		}
		i += n
	}
	return nil
}

// unordered is how many of the first steps are played together: those of a run in any order, or one.
func unordered(steps []scenario.Step) int {
	n := 0
	for n < len(steps) && steps[n].Unordered {
		n++
	}
	return max(n, 1)
}

// plays reports whether a step is played: one that names a variable is not, while that has no value.
func (p *player) plays(st *scenario.Step) bool {
	_, bound := p.vars[st.When]
	return st.When == "" || bound
}

// optionalReal is the least time that an optional step waits by the wall clock.
const optionalReal = 3 * time.Second

// optionalWithin is how long a step that may be met waits. What does come must not come behind the step where
// the machine is slow.
func (p *player) optionalWithin(st scenario.Step) time.Duration {
	d := st.Within
	if d == 0 {
		d = p.settle()
	}
	if !p.w.Simulated() {
		d = max(d, optionalReal)
	}
	return d
}

// steps plays one step, or a run of steps in any order. What is wrong with the API alone does not end the
// script, unless the step is given.
func (p *player) steps(steps []scenario.Step) error {
	st := &steps[0]
	var err error
	switch {
	case len(steps) > 1:
		err = p.watchAll(steps)
	case !p.plays(st):
		return nil
	case st.Optional:
		return p.optional(*st)
	default:
		err = executors[st.Key](p, st)
	}
	switch {
	case err != nil && p.stays && p.w.Link.Conns() == 0:
		return p.judge.Setup(st, "the device did not connect: nothing came to %s", p.w.Addr)
	case st.Given && err != nil:
		if judge.IsHang(err) {
			p.noted(err)
		}
		return judge.Excused(err)
	case judge.IsAPI(err):
		p.noted(err)
		p.lost = p.lost || st.Key == "receive"
		p.last = p.w.Now()
		return nil
	}
	return err
}

// optional plays a step that may be met or not. What comes in its place is left for the next steps.
func (p *player) optional(st scenario.Step) error {
	if !st.HasAfter {
		st.Within = p.optionalWithin(st)
	}
	err := executors[st.Key](p, &st)
	if e, ok := errors.AsType[*judge.Error](err); ok && e.Verdict == judge.Fail && !e.Always {
		p.last = p.w.Now()
		return nil
	}
	return err
}

// mostNoted is how many errors of the API are kept: a report shows few, and rounds are many.
const mostNoted = 100

// noted keeps an error that is about what the API reported for the verdict on it.
func (p *player) noted(err error) error {
	if e, ok := errors.AsType[*judge.Error](err); ok && e.API && len(p.api) < mostNoted {
		p.api = append(p.api, e)
	}
	return err
}
