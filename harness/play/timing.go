package play

import (
	"strings"
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// defaultWithin is how long a step waits unless it says otherwise.
const defaultWithin = 10 * time.Second

// await lets the world go on until met reports true or an error, or the step's bound has passed. Then
// it fails with what timeout says. It keeps to the step's after.
func (p *player) await(st *scenario.Step, met func() (bool, error), timeout func() error) error {
	limit := st.Within
	if limit == 0 {
		limit = defaultWithin
	}
	if st.HasAfter && st.After.Max > 0 {
		limit = max(0, p.last+st.After.Max-p.w.Now())
	}
	if expects(*st, wire.PINGREQ) {
		limit = max(limit, p.pingDue()-p.w.Now())
	}
	ok, err := p.let(met, limit)
	switch {
	case err != nil:
		return err
	case !ok:
		return timeout()
	}
	return nil
}

// steppedPing is stepped for a PINGREQ, which may come early: PINGREQ is legal at any time.
func (p *player) steppedPing(st *scenario.Step, at time.Duration) error {
	due := p.pingDue()
	since := at - p.last
	p.last = at
	if st.HasAfter && at > due && st.After.Max > 0 && since > st.After.Max {
		return p.judge.Wanted(st, "within "+st.After.Max.String(), "after "+since.String(), "the client sent it too late")
	}
	return nil
}

// pingDue is when the next PINGREQ must be there, if the subject has sent one that no step asked for.
func (p *player) pingDue() time.Duration {
	if p.pinged <= 0 {
		return 0
	}
	return p.pinged + p.options.KeepAlive*3/2
}

// stepped marks the end of a step at time at, and judges its after.
func (p *player) stepped(st *scenario.Step, at time.Duration) error {
	since := at - p.last
	p.last = at
	if st.HasAfter && !st.After.Has(since) {
		return p.judge.Wanted(st, st.After.String()+" after the step before", since.String()+" after it", "%s too %s", happened(st), tooLate(since > st.After.Max && st.After.Max > 0))
	}
	return nil
}

// happened says what a step waits for as what has happened.
func happened(st *scenario.Step) string {
	what, expects := strings.CutPrefix(st.Key, "expect ")
	switch {
	case what == "close":
		return "the client closed the connection"
	case expects:
		return "the client sent " + what
	}
	return "it came"
}

// tooLate is the word for a time that does not fit.
func tooLate(late bool) string {
	if late {
		return "late"
	}
	return "early"
}
