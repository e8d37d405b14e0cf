package play

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
	"umqtt/harness/world"
)

// player walks the steps of one scenario and keeps what was seen but not yet asked for. What it sees it
// tells its judge; time passes in its world.
type player struct {
	sc     *scenario.Scenario
	opts   Options
	w      *world.World
	judge  *judge.Judge
	run    *runner
	clock  wallClock
	before subject.Usage // what the subject held when measuring began
	mark   atomic.Value  // of the goroutines of the subject, a string

	vars      map[scenario.Var]any
	calls     map[string]*call
	seen      int    // records looked at
	sent      []seen // what the subject sent and no step has asked for
	conns     map[int]*connState
	known     int             // the newest of conns
	used      int             // the newest of them on which the subject has sent a packet
	left      int             // those up to this one the subject was told to leave
	again     map[string]bool // messages that a foreign subject has sent again, by topic and payload
	malformed []seen          // what the subject was handed that is no packet

	blocks []*block // the repeats that were begun

	all     []*call // every call, in the order of their steps
	unnamed []*call // those without a name, which must succeed by the end, in the order of their steps

	got    int // messages of the callback that steps have asked for
	judged int // messages of the callback that the judge has seen

	endless bool // the subject sends or calls back without end

	warnings []string       // packets that a foreign subject sent beside the script
	api      []*judge.Error // what is wrong with what the API reported
	lost     bool           // the callback did not get what it was to get: what it got besides tells nothing

	later []scenario.Step         // the step that is played, and those behind it
	auto  bool                    // the subject connects again by itself
	stays bool                    // it goes on when the scenario is over
	has   func(spec.Feature) bool // whether the subject has a feature
	told  *scenario.Step          // the step that told it to connect again

	subscribed map[wire.Subscription]bool // what the subject has asked for
	pinged     time.Duration              // when it has last sent a PINGREQ that no step asked for
	owed       bool                       // the script has a PINGREQ to answer, or to leave unanswered
	paid       bool                       // the PINGREQ that a step took was answered before it
	asked      time.Duration              // when the subject has sent the packet that a step took last
	options    subject.Options            // of the newest connect
	driver     driver                     // of a scenario with an oracle
	lives      *lives                     // of the subject; nil: it does not die
	last       time.Duration              // when the step before ended
	began      time.Duration              // when the step began

	traceMu sync.Mutex
	trace   strings.Builder
}

// seen is a record as the steps look at it.
type seen struct {
	capture.Record
	index  int // of the record
	packet wire.Packet
	bad    error // why it is no packet
	again  bool  // a SUBSCRIBE for what the subject has asked for before
}

func newPlayer(sc *scenario.Scenario, w *world.World, o Options) *player {
	p := &player{
		sc: sc, opts: o, w: w, judge: judge.New(sc, w.Recorder, o.Strict || o.Require.Has(sc)),
		vars: map[scenario.Var]any{}, calls: map[string]*call{}, conns: map[int]*connState{},
		subscribed: map[wire.Subscription]bool{}, again: map[string]bool{},
	}
	p.run = newRunner(w.Link, w.Recorder.Len, p.note)
	p.threaded()
	return p
}

// note adds a line to the trace of what the subject's API reported.
func (p *player) note(line string) {
	p.traceMu.Lock()
	defer p.traceMu.Unlock()
	records := p.w.Recorder.Len()
	if p.opts.Noted != nil {
		p.opts.Noted(records, line)
	}
	if p.sc.Buffer > 0 {
		records = 0 // a write that waited for room ends while what it wrote is read: either may be noted first
	}
	fmt.Fprintf(&p.trace, "%020d %d %s\n", p.w.Now(), records, line)
}

// play makes the subject, walks the steps and returns the verdict. The world is closed afterwards.
func (p *player) play(f subject.Factory) *judge.Result {
	ctx, cancel := context.WithCancel(context.Background())
	p.has = func(feature spec.Feature) bool { _, ok := f.Has([]spec.Feature{feature}); return ok }
	p.run.measures = p.sc.Oracle != "" && !p.opts.Foreign && p.w.Simulated()
	p.auto, p.stays = p.has(spec.AutoReconnect), f.Lasting
	res := &judge.Result{Scenario: p.sc, Subject: f.Name, World: p.opts.World, Seed: p.opts.Seed, Verdict: judge.Pass, APICounts: p.apiCounts()}
	p.mark.Store(world.Labelled(func() {
		p.run.run(ctx, func() (subject.Subject, error) {
			return p.make(ctx, f, subject.Env{
				Dial: p.w.Dial, Addr: p.w.Addr, Target: p.w.Target, Seed: p.opts.Seed,
				OnMessage: func(m subject.Message) { p.run.receive(ctx, m) },
				Fail:      func(f *subject.Fault) { p.run.crashed(f) },
				Now:       p.clock.now, Jumps: p.jumps(),
				Pipelined: slices.Contains(p.sc.Needs, spec.Pipelining),
			})
		})
	}))
	err := p.made()
	if err == nil {
		err = p.flooded(p.walk())
	}
	if judge.IsAPI(err) {
		err = nil
	}
	res.Elapsed = p.w.Now()
	if res.Late = p.w.Late(); err != nil {
		res.Waited = res.Elapsed - p.began
	}
	p.w.Recorder.Freeze()
	res.Capture = p.w.Recorder.Capture()
	res.Trace = p.digest(res.Capture)
	cancel()
	if left := p.end(); left != nil && (err == nil || p.run.hasCrashed() && !judge.IsAlways(err)) {
		err = left // what a step saw of a crash first was its consequence
	} else if left != nil {
		withStacksOf(err, left)
	}
	res.Certain = p.run.certain()
	if p.judge.Decide(res, err, p.api, p.warnings); p.endless {
		shorten(res)
	}
	if p.sc.Oracle == "" {
		p.judge.Monitors(res)
	} else if err == nil || !judge.IsAlways(err) {
		p.oracle(res)
	}
	p.excuse(res)
	p.notes(res)
	res.Capture, res.Abridged = abridged(res.Capture, p.blocks)
	return res
}

// withStacksOf shows in the failure of a step where the goroutines are that the subject left behind.
func withStacksOf(err, left error) {
	e, ok := errors.AsType[*judge.Error](err)
	l, also := errors.AsType[*judge.Error](left)
	if ok && also && e.Failure.Stacks == "" {
		e.Failure.Stacks = l.Failure.Stacks
	}
}

// label is the label of the subject's goroutines.
func (p *player) label() string {
	label, _ := p.mark.Load().(string)
	return label
}

// notes adds to a failure what the subject has to say of it.
func (p *player) notes(res *judge.Result) {
	select {
	case <-p.run.ended:
	default:
		return // its goroutine still has the subject
	}
	if n, ok := p.run.subj.(subject.Noter); ok && res.Failure != nil && res.Failure.Printed == "" {
		res.Failure.Printed = n.Notes()
	}
}

// apiCounts reports whether what the API reports is judged as part of the run.
func (p *player) apiCounts() bool {
	return !p.opts.Foreign || p.opts.Require.API() || p.sc.Level != scenario.Must && p.opts.Require.Has(p.sc)
}

// made waits until the subject is there.
func (p *player) made() error {
	select {
	case err := <-p.run.made:
		if err != nil {
			return detailed(p.judge.Setup(nil, "the client could not be made: %v", err), err)
		}
	case <-p.run.ended:
		if p.run.crash == nil {
			return p.judge.Setup(nil, "the client could not be made: its goroutine has ended, as t.Fatal does it")
		}
		return p.crashed(p.run.crash)
	}
	return nil
}

// end lets the subject, the link and the peer end in good order: nobody is left waiting. A subject that
// does not end, or leaves a connection open, is an error.
func (p *player) end() error {
	defer p.w.Close()
	if d, ended := p.w.Ends(p.run.ended); !ended {
		err := judge.Blame(p.judge.Broken("a call of the client did not end within %v of the end of its context", d), judge.EveryCallEnds)
		return judge.WithStacks(err, world.WithLabel(p.label()))
	}
	if p.run.crash != nil {
		return p.crashed(p.run.crash)
	}
	if !p.stays {
		if open := p.w.LeftOpen(); len(open) > 0 {
			return p.judge.Broken("the client has ended and left open: %s", connections(open))
		}
	}
	if !p.w.Simulated() {
		if stacks := world.Leaked(p.label()); stacks != "" {
			return judge.WithStacks(p.judge.Broken("the client left goroutines behind: they go on after its last call has ended and it was told to end"), stacks)
		}
	}
	return nil
}

// connections names connections by their numbers.
func connections(numbers []int) string {
	names := make([]string, len(numbers))
	for i, n := range numbers {
		names[i] = fmt.Sprintf("connection %d", n)
	}
	return strings.Join(names, ", ")
}

// digest is the hash of the capture and of the trace of what the API reported.
func (p *player) digest(c *capture.Capture) string {
	p.traceMu.Lock()
	defer p.traceMu.Unlock()
	h := sha256.New()
	h.Write([]byte(c.Hash()))
	trace := p.trace.String()
	if p.sc.Buffer > 0 { // and so may either of two writes that end at once
		lines := strings.SplitAfter(trace, "\n")
		slices.Sort(lines)
		trace = strings.Join(lines, "")
	}
	h.Write([]byte(trace))
	return hex.EncodeToString(h.Sum(nil))
}
