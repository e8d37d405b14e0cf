package play

import (
	"errors"
	"fmt"
	"slices"

	"umqtt/harness/judge"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// clientDone waits until a call has succeeded.
func (p *player) clientDone(st *scenario.Step) error {
	if !p.tells(st) {
		return p.unreported(st)
	}
	c, err := p.outcome(st, "success")
	if err != nil {
		return err
	}
	if subject.KindOf(c.Err) == subject.Pending && c.Verb == "publish" {
		return p.acknowledged(st, c)
	}
	if untold(c) {
		return p.stepped(st, p.w.Now())
	}
	if c.Err != nil {
		return p.judge.Failed(st, &c.Call)
	}
	if want, ok := st.Args.Ints("granted"); ok && p.has(spec.TellsGranted) && c.Granted != nil && !slices.Equal(want, c.Granted) {
		return judge.AsAPI(p.judge.Wanted(st, fmt.Sprint(want), fmt.Sprint(c.Granted), "%s: reported the return codes %v, not %v", &c.Call, c.Granted, want), judge.ReportedRight)
	}
	if want, ok := st.Args.Bool("session_present"); ok && p.has(spec.TellsSessionPresent) && want != c.SessionPresent {
		return judge.AsAPI(p.judge.Wanted(st, fmt.Sprint(want), fmt.Sprint(c.SessionPresent), "%s: reported session present %t, not %t", &c.Call, c.SessionPresent, want), judge.ReportedRight)
	}
	return p.stepped(st, p.w.Now())
}

// tells reports whether the subject's API reports the outcome of the call that a step looks at: not every API
// tells what came of a publish.
func (p *player) tells(st *scenario.Step) bool {
	name, _ := st.Args.String("call")
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	c := p.calls[name]
	return c == nil || c.Verb != "publish" || p.has(spec.ReportsOutcome)
}

// unreported waits until the subject was handed what acknowledges a publish of which its API tells nothing.
func (p *player) unreported(st *scenario.Step) error {
	name, _ := st.Args.String("call")
	c := p.calls[name]
	_, err := p.let(func() (bool, error) { return p.unacknowledged(c) == "", nil }, defaultWithin)
	if err != nil {
		return err
	}
	return p.stepped(st, p.w.Now())
}

// unacknowledged returns what a publish still waits for, or "".
func (p *player) unacknowledged(c *call) string {
	return judge.Unacknowledged(p.w.Recorder.Since(c.From), &c.Call)
}

// acknowledged waits until the subject was handed what acknowledges a publish whose call has ended, as it
// may when a connection is lost, with the message in flight: the API has nothing left to say of it.
func (p *player) acknowledged(st *scenario.Step, c *call) error {
	err := p.await(st, func() (bool, error) { return p.unacknowledged(c) == "", nil }, func() error {
		return judge.AsAPI(p.judge.Wanted(st, p.unacknowledged(c), "no such packet", "%s: the client was handed no acknowledgement of the message %s: %v", &c.Call, judge.Bound(st, defaultWithin), c.Err))
	})
	if err != nil {
		return err
	}
	return p.stepped(st, p.w.Now())
}

// untold reports whether a call has ended, and the subject has told nothing of its outcome.
func untold(c *call) bool { return errors.Is(c.Err, subject.ErrUntold) }

// clientFails waits until a call has failed.
func (p *player) clientFails(st *scenario.Step) error {
	if !p.tells(st) {
		return nil
	}
	c, err := p.outcome(st, "failure")
	if err != nil {
		return err
	}
	kind, _ := st.Args.String("error")
	if untold(c) {
		return p.stepped(st, p.w.Now())
	}
	if c.Err == nil {
		want := "an error"
		if kind != "any" {
			want += " of the kind " + kind
		}
		return judge.AsAPI(p.judge.Wanted(st, want, "success"+p.unasked(), "%s: reported success, where it cannot have succeeded", &c.Call))
	}
	if got := subject.KindOf(c.Err); kind != "any" && subject.Kind(kind) != got {
		return judge.AsAPI(p.judge.Wanted(st, "an error of the kind "+kind, judge.DescribeError(c.Err), "%s: failed with an error of the kind %s, not %s", &c.Call, got, kind))
	}
	return p.stepped(st, p.w.Now())
}

// clientEnds waits until a call has returned, either way.
func (p *player) clientEnds(st *scenario.Step) error {
	if !p.tells(st) {
		return nil
	}
	if _, err := p.outcome(st, "success or failure"); err != nil {
		return err
	}
	return p.stepped(st, p.w.Now())
}

// outcome waits until a call has returned its result.
func (p *player) outcome(st *scenario.Step, want string) (*call, error) {
	name, _ := st.Args.String("call")
	var c *call
	err := p.await(st, func() (bool, error) {
		p.run.mu.Lock()
		defer p.run.mu.Unlock()
		c = p.calls[name]
		return c != nil && c.Done, nil
	}, func() error {
		p.run.mu.Lock()
		defer p.run.mu.Unlock()
		return p.unended(st, c, want)
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// clientPending checks that a call has not returned its result, once all that is under way has arrived.
func (p *player) clientPending(st *scenario.Step) error {
	name, _ := st.Args.String("call")
	if _, err := p.let(never, p.w.Moment()); err != nil || !p.tells(st) {
		return err
	}
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	c := p.calls[name]
	switch {
	case c == nil:
		return judge.AsAPI(p.judge.Wanted(st, "no result yet", "it was not made", "call %q has not begun", name))
	case untold(c):
		return nil
	case subject.KindOf(c.Err) == subject.Pending && p.unacknowledged(c) != "":
		return nil // the call has ended, its message is still in flight
	case c.Done && c.Err != nil:
		return judge.AsAPI(p.judge.Wanted(st, "no result yet", judge.DescribeError(c.Err), "%s: failed, and must still wait", &c.Call))
	case c.Done:
		return judge.AsAPI(p.judge.Wanted(st, "no result yet", "success", "%s: reported success too early", &c.Call), judge.ReportedRight)
	}
	return nil
}

// unended is the failure of a call that has not returned.
func (p *player) unended(st *scenario.Step, c *call, want string) error {
	if c == nil {
		name, _ := st.Args.String("call")
		c = &call{Call: judge.Call{Verb: "call", Name: name}}
	}
	return p.judge.Unended(st, &c.Call, want, !p.auto && p.over(), p.unasked(), p.bound(st))
}

// bound says how long a step waits for a call; the end of a scenario does not.
func (p *player) bound(st *scenario.Step) string {
	if _, ok := st.Args.String("call"); !ok {
		return " by the end of the scenario"
	}
	return " " + judge.Bound(st, defaultWithin)
}

// over reports whether the newest connection has ended.
func (p *player) over() bool {
	p.w.Link.Settle()
	n := p.w.Link.Conns()
	return n > 0 && (p.w.Link.Ended(n) || p.conns[n] != nil && p.conns[n].ended)
}

// unasked tells what the subject has sent that no step has asked for, if anything: what a call does instead
// of failing.
func (p *player) unasked() string {
	if p.skip(0); len(p.sent) == 0 {
		return ""
	}
	return ", and it sent " + p.sent[0].describe()
}
