package play

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/monitor"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
	"umqtt/scenarios"
)

// player plays one scenario: it walks the steps and keeps what was seen but not yet asked for.
type player struct {
	sc    *scenarios.Scenario
	opts  Options
	w     *world
	run   *runner
	label string // of the goroutines of the subject

	vars   map[scenarios.Var]any
	calls  map[string]*call
	all    []*call // every call, in the order of their steps
	seen   int     // records looked at
	sent   []seen  // what the subject sent and no step has asked for
	handed []seen  // what it was handed and no deliver has matched
	conns  map[int]*connState
	got    int // messages of the callback that steps have asked for
	judged int // messages of the callback that were checked against the capture

	shown     map[key][]int // records in which a message was handed over
	delivered map[key]int   // how often the callback has got it

	wit *witness

	warnings []string // packets that a foreign subject sent beside the script

	later   []scenarios.Step // the step that is played, and those behind it
	auto    bool             // the subject connects again by itself
	told    *scenarios.Step  // the step that told it to connect again
	options subject.Options  // of the newest connect
	last    time.Duration    // when the step before ended

	traceMu sync.Mutex
	trace   strings.Builder
}

// seen is a record as the steps look at it.
type seen struct {
	capture.Record
	packet wire.Packet
	bad    error // why it is no packet
}

// connState is what the capture tells of one connection.
type connState struct {
	used         bool          // the subject has sent a packet on it
	ended        bool          // the subject has ended it
	disconnected bool          // the subject has sent DISCONNECT
	aborted      bool          // the subject was told to drop it
	over         time.Duration // when its end was seen that the subject had yet to read; 0: never
}

func newPlayer(sc *scenarios.Scenario, w *world, o Options) *player {
	p := &player{
		sc: sc, opts: o, w: w,
		vars: map[scenarios.Var]any{}, calls: map[string]*call{}, conns: map[int]*connState{},
		shown: map[key][]int{}, delivered: map[key]int{},
	}
	p.run = newRunner(w.link, w.rec.Len, p.note)
	return p
}

// note adds a line to the trace of what the subject's API reported.
func (p *player) note(line string) {
	p.traceMu.Lock()
	defer p.traceMu.Unlock()
	fmt.Fprintf(&p.trace, "%d %d %s\n", p.w.link.Now(), p.w.rec.Len(), line)
}

// play makes the subject, walks the steps and returns the verdict. The world is closed afterwards.
func (p *player) play(f subject.Factory) *Result {
	ctx, cancel := context.WithCancel(context.Background())
	_, p.auto = f.Has([]spec.Feature{spec.AutoReconnect})
	res := &Result{Scenario: p.sc, Subject: f.Name, World: p.opts.World, Seed: p.opts.Seed, Verdict: Pass}
	p.label = labelled(func() {
		p.run.run(ctx, func() (subject.Subject, error) {
			return f.New(subject.Env{
				Dial: p.w.link.Dial, Addr: p.w.addr, Seed: p.opts.Seed,
				OnMessage: func(m subject.Message) { p.run.receive(ctx, m) },
			})
		})
	})
	res.label = p.label
	err := p.made()
	if err == nil {
		err = p.script()
	}
	res.Elapsed = p.w.link.Now()
	p.w.rec.Freeze()
	res.Capture = p.w.rec.Capture()
	res.Trace = p.digest(res.Capture)
	cancel()
	if left := p.end(); left != nil && (err == nil || p.run.hasCrashed() && !isAlways(err)) {
		err = left // what a step saw of a crash first was its consequence
	}
	p.decide(res, err)
	p.monitors(res)
	return res
}

// isAlways reports whether a failure counts whatever the level and the step.
func isAlways(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.always
}

// monitors judges the capture as a whole: whatever the scenario is about, and whatever its level, it may
// not show that the subject breaks a rule.
func (p *player) monitors(res *Result) {
	findings := monitor.Check(res.Capture)
	if len(findings) == 0 {
		return
	}
	if f := findings[0]; res.Verdict != Fail && res.Verdict != SetupError {
		end := min(f.Record+1, len(res.Capture.Records))
		res.Verdict = Fail
		res.Failure = &Failure{
			Pos: scenarios.Pos{File: p.sc.File, Line: 1, Col: 1}, Covers: []string{f.ID},
			Message: "the monitor " + f.Monitor + ": " + f.Message, Last: res.Capture.Records[max(0, end-lastRecords):end],
		}
		findings = findings[1:]
	}
	for _, f := range findings {
		res.Failure.Findings = append(res.Failure.Findings, f.String())
	}
}

// made waits until the subject is there.
func (p *player) made() error {
	select {
	case err := <-p.run.made:
		if err != nil {
			return p.setup(nil, "the subject could not be made: %v", err)
		}
	case <-p.run.ended:
		return blame(p.broken("%v", p.run.crash), everyCallEnds)
	}
	return nil
}

// script walks the steps, then the silence at the end.
func (p *player) script() error {
	for i := range p.sc.Steps {
		st := &p.sc.Steps[i]
		p.later = p.sc.Steps[i:]
		p.w.settle()
		if err := executors[st.Key](p, st); err != nil {
			return p.given(st, err)
		}
		if err := p.w.link.Err(); err != nil {
			return p.setup(st, "%v", err)
		}
	}
	p.later = nil
	return p.silence()
}

// given turns a failure of a precondition into an inconclusive verdict. What no subject may do stays a
// failure, at whatever step it shows.
func (p *player) given(st *scenarios.Step, err error) error {
	var r *refusal
	if st.Given && errors.As(err, &r) && r.verdict == Fail && !r.always {
		r.verdict = Inconclusive
	}
	return err
}

// end lets the subject, the link and the peer end in good order: nobody is left waiting. A subject that
// does not end, or leaves a connection open, is an error.
func (p *player) end() error {
	var left error
	switch {
	case !p.opts.settled(p.run.ended):
		left = blame(p.broken("a call of the subject did not end within %v of its context", p.opts.stuckAfter()), everyCallEnds)
	case p.run.crash != nil:
		left = blame(p.broken("%v", p.run.crash), everyCallEnds)
	case !p.w.link.Await(func() bool { return len(p.w.link.Open()) == 0 }, lingers):
		left = p.broken("the subject left its connections %v open", p.w.link.Open())
	case p.opts.World == scenarios.Real:
		if stacks := leaked(p.label, lingers); stacks != "" {
			left = p.broken("the subject left goroutines running:\n%s", stacks)
		}
	}
	p.w.drop()
	if p.wit != nil {
		p.wit.end()
	}
	p.w.close()
	return left
}

// decide sets the verdict from the error that ended the script, and the scenario's level.
func (p *player) decide(res *Result, err error) {
	if res.Warnings = p.warnings; err == nil {
		if len(p.warnings) > 0 {
			res.Verdict, res.Failure = Warn, &Failure{Message: p.warnings[0]}
		}
		return
	}
	var r *refusal
	if !errors.As(err, &r) {
		r = &refusal{verdict: SetupError, failure: &Failure{Message: err.Error()}}
	}
	res.Verdict, res.Failure = r.verdict, r.failure
	r.failure.Unlisted = p.warnings
	if r.verdict != Fail || r.always {
		return
	}
	switch p.sc.Level {
	case scenarios.Should:
		if !p.opts.Strict {
			res.Verdict = Warn
		}
	case scenarios.May, scenarios.Policy:
		if !p.opts.Strict {
			res.Verdict = Info
		}
	}
}

func (p *player) digest(c *capture.Capture) string {
	p.traceMu.Lock()
	defer p.traceMu.Unlock()
	h := sha256.New()
	h.Write([]byte(c.Hash()))
	h.Write([]byte(p.trace.String()))
	return hex.EncodeToString(h.Sum(nil))
}

// fail is the error of an expectation that was not met.
func (p *player) fail(st *scenarios.Step, format string, args ...any) error {
	f := &Failure{Covers: p.sc.Covers, Message: fmt.Sprintf(format, args...)}
	if st != nil {
		f.Pos, f.Step = st.Pos, st.Key
		if len(st.Covers) > 0 {
			f.Covers = st.Covers
		}
		f.Message = strings.TrimPrefix(f.Message, st.Pos.String()+": ")
	} else {
		f.Pos = scenarios.Pos{File: p.sc.File, Line: 1, Col: 1}
	}
	f.Last = p.w.rec.Since(max(0, p.w.rec.Len()-lastRecords))
	return &refusal{verdict: Fail, failure: f}
}

// wanted is fail with the two sides of a comparison.
func (p *player) wanted(st *scenarios.Step, want, got, format string, args ...any) error {
	err := p.fail(st, format, args...)
	r := err.(*refusal)
	r.failure.Want, r.failure.Got = want, got
	return err
}

// broken is fail for what no subject may do, whatever the scenario is about and whatever its level. It
// breaks no rule that the scenario covers.
func (p *player) broken(format string, args ...any) error {
	err := blame(p.fail(nil, format, args...))
	err.(*refusal).always = true
	return err
}

// setup is the error of something that the harness could not do.
func (p *player) setup(st *scenarios.Step, format string, args ...any) error {
	err := blame(p.fail(st, format, args...))
	err.(*refusal).verdict = SetupError
	return err
}

// await lets the world go on until met reports true or an error, or the step's bound has passed. Then
// it fails with what timeout says. It keeps to the step's after.
func (p *player) await(st *scenarios.Step, met func() (bool, error), timeout func() error) error {
	limit := st.Within
	if limit == 0 {
		limit = defaultWithin
	}
	if st.HasAfter && st.After.Max > 0 {
		limit = max(0, p.last+st.After.Max-p.w.link.Now())
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

// stepped marks the end of a step at time at, and judges its after.
func (p *player) stepped(st *scenarios.Step, at time.Duration) error {
	since := at - p.last
	p.last = at
	if st.HasAfter && !st.After.Has(since) {
		return p.wanted(st, "after "+st.After.String(), "after "+since.String(), "it came at the wrong time")
	}
	return nil
}

// defaultWithin is how long a step waits unless it says otherwise.
const defaultWithin = 10 * time.Second
