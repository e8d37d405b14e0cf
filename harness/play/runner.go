package play

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/model"
	"umqtt/harness/proxy"
	"umqtt/harness/subject"
)

// A call is one call of the subject's API, and what makes it.
type call struct {
	judge.Call
	still bool         // the message of the callback that makes it is looked at again behind it
	order int          // its place among all calls
	qos   []byte       // of the filters of a subscribe
	asked *model.Asked // of a connect
	do    func(ctx context.Context, c *call)

	begun       int // its place among the calls that were begun, from 1 on
	returned    bool
	start, took time.Duration
}

// received is a message that the subject's callback got.
type received struct {
	subject.Message
	at int // records in the capture by then
}

// A runner runs the calls of a subject one after another in one goroutine, as the main loop of a
// program would, and lets it idle between them.
type runner struct {
	subj    subject.Subject
	link    proxy.Link
	records func() int
	note    func(string) // one line of the API's trace

	mu        sync.Mutex
	queue     []*call
	running   *call
	beside    []*call                 // of threads, from the time they are handed on until they have returned
	idle      context.CancelCauseFunc // ends the idling; nil when it does not idle
	connected bool
	gaveUp    bool // the newest connect has failed
	begun     int  // calls
	measures  bool // held is wanted
	held      holding
	changed   []change
	finished  []*call // those that have reported their outcome, until the judge has seen them
	messages  []received
	bytes     int // of the messages
	programs  []*program
	crash     error

	threads *threads // nil: the scenario has none

	unsupported string // the verb of the first call that the subject does not have, or ""

	wake  chan struct{}
	made  chan error // nil once the subject is made
	ended chan struct{}
}

func newRunner(link proxy.Link, records func() int, note func(string)) *runner {
	return &runner{link: link, records: records, note: note, wake: make(chan struct{}, 1), made: make(chan error, 1), ended: make(chan struct{})}
}

// enqueue hands a call to the subject's goroutine.
func (r *runner) enqueue(c *call) {
	if r.threads != nil && c.thread() != "" {
		r.mu.Lock()
		r.beside = append(r.beside, c)
		r.mu.Unlock()
		r.threads.calls <- c
		return
	}
	r.mu.Lock()
	r.queue = append(r.queue, c)
	if r.idle != nil {
		r.idle(subject.ErrCall)
	}
	r.mu.Unlock()
	r.wakes()
}

// wakes has the subject's goroutine look for what there is to do.
func (r *runner) wakes() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run is the subject's goroutine: it makes the subject, makes its calls, and aborts it soon after the
// context has ended.
func (r *runner) run(ctx context.Context, make func() (subject.Subject, error)) {
	defer close(r.ended)
	defer func() {
		if p := recover(); p != nil {
			r.crashed(&panicError{p, string(debug.Stack())})
		}
	}()
	subj, err := make()
	r.subj = subj
	r.made <- err
	if err != nil {
		return
	}
	defer end(subj)
	defer func() {
		if r.measures {
			r.held = heldBy(subj)
		}
	}()
	if r.threads != nil {
		r.threads.running.Go(func() { r.serveThreads(ctx) })
		defer r.threads.running.Wait()
	}
	for ctx.Err() == nil {
		if c := r.next(); c != nil {
			r.exec(ctx, c)
			continue
		}
		if r.idles(ctx) {
			continue
		}
		select {
		case <-r.wake:
		case <-ctx.Done():
		}
	}
}

// end ends a subject.
func end(subj subject.Subject) {
	if c, ok := subj.(subject.Closer); ok {
		c.Close()
		return
	}
	subj.Abort()
}

func (r *runner) next() *call {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == 0 {
		return nil
	}
	c := r.queue[0]
	r.queue = r.queue[1:]
	r.running = c
	return c
}

// exec makes one call, from the subject's goroutine.
func (r *runner) exec(ctx context.Context, c *call) {
	r.mu.Lock()
	r.begun++
	c.Began, c.begun, c.From, c.start = true, r.begun, r.records(), r.link.Now()
	r.mu.Unlock()
	c.do(ctx, c)
	r.mu.Lock()
	c.returned, c.took = true, r.link.Now()-c.start
	if r.running == c {
		r.running = nil
	}
	r.mu.Unlock()
	r.link.Wake()
}

// finish notes what the API reported of a call.
func (r *runner) finish(c *call, err error) {
	r.mu.Lock()
	if c.Done {
		r.mu.Unlock()
		r.crashed(fmt.Errorf("the client reported the outcome of %s twice", &c.Call))
		return
	}
	c.Done, c.Err, c.At = true, err, r.records()
	r.finished = append(r.finished, c)
	r.answered(c)
	untold := errors.Is(err, subject.ErrUntold)
	switch {
	case errors.Is(err, subject.ErrDied): // its connection is gone
	case c.Verb == "connect":
		r.connected, r.gaveUp = err == nil || untold, err != nil && !untold
	case (c.Verb == "disconnect" || c.Verb == "abort") && err == nil:
		r.connected = false
	}
	outcome := "ok"
	if untold {
		outcome = "untold"
	} else if err != nil {
		outcome = string(subject.KindOf(err))
	}
	r.note(fmt.Sprintf("%s %s", c, outcome))
	r.mu.Unlock()
	r.link.Wake()
}

// idles lets the subject serve its connection until there is a call to make. It reports false when
// there is nothing to serve.
func (r *runner) idles(ctx context.Context) bool {
	idler, ok := r.subj.(subject.Idler)
	r.mu.Lock()
	if connected := ok && r.connected; !connected || len(r.queue) > 0 {
		r.mu.Unlock()
		return connected
	}
	ictx, cancel := context.WithCancelCause(ctx)
	r.idle = cancel
	r.mu.Unlock()

	err := idler.Idle(ictx)
	early := ictx.Err() == nil

	r.mu.Lock()
	cancel(nil)
	r.idle = nil
	if err != nil && !errors.Is(err, context.Canceled) || early {
		r.connected = false
		r.note("lost " + string(subject.KindOf(err)))
	}
	r.mu.Unlock()
	r.link.Wake()
	return true
}

// receive is the subject's message callback: it notes the message and runs the scenario's program.
func (r *runner) receive(ctx context.Context, m subject.Message) {
	r.mu.Lock()
	r.bytes += len(m.Topic) + len(m.Payload)
	if len(r.messages) == MaxMessages || r.bytes > MaxMessageBytes {
		r.mu.Unlock()
		r.storms(ctx)
	}
	r.messages = append(r.messages, received{m, r.records()})
	r.note(fmt.Sprintf("message %q %q qos=%d dup=%t retain=%t", m.Topic, m.Payload, m.QoS, m.Dup, m.Retain))
	var calls []*call
	for _, p := range r.programs {
		calls = append(calls, p.calls(m)...)
	}
	r.programs = slices.DeleteFunc(r.programs, func(p *program) bool { return p.times == 0 })
	r.mu.Unlock()
	r.link.Wake()
	for _, c := range calls {
		r.exec(subject.Nested(ctx), c)
		r.looksAgain(c, m)
	}
}

// A change is a message that was another one when the callback had made a call.
type change struct {
	call   *call
	is, to subject.Message
}

// looksAgain looks at the client's own bytes of a message behind a call in its callback.
func (r *runner) looksAgain(c *call, m subject.Message) {
	if !c.still || m.Own == nil {
		return
	}
	topic, payload := string(m.Own.Topic), string(m.Own.Payload)
	if topic == m.Topic && payload == m.Payload {
		return
	}
	now := m
	now.Topic, now.Payload = topic, payload
	r.mu.Lock()
	r.changed = append(r.changed, change{c, m, now})
	r.mu.Unlock()
	r.link.Wake()
}

// A panicError is a panic of the subject.
type panicError struct {
	value any
	stack string
}

func (e *panicError) Error() string { return fmt.Sprintf("the client panicked: %v", e.value) }

func (r *runner) crashed(err error) {
	r.mu.Lock()
	if r.crash == nil {
		r.crash = err
	}
	r.mu.Unlock()
	r.link.Wake()
}

// hasCrashed reports whether the subject has panicked, or reported an outcome twice.
func (r *runner) hasCrashed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.crash != nil
}

// certain reports whether the subject has panicked or done something else that a late machine cannot be the cause of.
func (r *runner) certain() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, ok := errors.AsType[*subject.Fault](r.crash)
	return r.crash != nil && (!ok || f.Certain)
}

// serves reports whether the subject serves its connection between calls, and has not come to its end.
func (r *runner) serves() bool {
	_, ok := r.subj.(subject.Idler)
	r.mu.Lock()
	defer r.mu.Unlock()
	return ok && r.connected
}

// connecting reports whether a connect is under way or waiting for its turn.
func (r *runner) connecting() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	connects := func(c *call) bool { return c.Verb == "connect" }
	return r.running != nil && connects(r.running) || slices.ContainsFunc(r.queue, connects) || slices.ContainsFunc(r.beside, connects)
}

// hasGivenUp reports whether the newest connect has failed: even a subject that makes a lost connection again
// by itself then has none to make again.
func (r *runner) hasGivenUp() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gaveUp
}

// A program is what the scenario has the message callback do.
type program struct {
	when  string // topic; empty is any
	times int    // messages it still answers; 0 is none
	makes func() []*call
}

// calls returns the calls to make for one message.
func (p *program) calls(m subject.Message) []*call {
	if p.times == 0 || p.when != "" && p.when != m.Topic {
		return nil
	}
	p.times--
	return p.makes()
}
