package play

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"umqtt/harness/judge"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// start hands a call to the subject, under the name that the step gives it.
func (p *player) start(st *scenario.Step, c *call) error {
	c.Step = st
	if st != nil {
		c.Name, _ = st.Args.String("as")
	}
	p.remember(c)
	p.run.enqueue(c)
	return nil
}

func (p *player) remember(c *call) {
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	p.all = append(p.all, c)
	if c.Name != "" {
		p.calls[c.Name] = c
	}
}

func (p *player) clientConnect(st *scenario.Step) error {
	return p.connect(st, options(p.sc.Client.With(st.Args)))
}

// connect connects the subject; st is nil when the harness tells it to connect again.
func (p *player) connect(st *scenario.Step, o subject.Options) error {
	p.options = o
	c := &call{Call: judge.Call{Verb: "connect"}}
	c.do = func(ctx context.Context, c *call) {
		present, err := p.run.subj.Connect(ctx, o)
		c.SessionPresent = present
		p.run.finish(c, err)
	}
	return p.start(st, c)
}

// options turns what a scenario says of its client into what a subject is given.
func options(c scenario.Connect) subject.Options {
	o := subject.Options{
		ClientID: c.ClientID, CleanSession: c.CleanSession, KeepAlive: c.KeepAlive,
		Username: c.Username, Password: c.Password,
		AckTimeout: c.AckTimeout, MaxDepth: c.MaxDepth, MaxInflight: c.MaxInflight, MaxPacket: c.MaxPacket, SkipOversize: c.SkipOversize, RetryAfter: c.RetryAfter,
	}
	if c.Will != nil {
		o.Will = &subject.Message{Topic: c.Will.Topic, Payload: c.Will.Payload, QoS: c.Will.QoS, Retain: c.Will.Retain}
	}
	return o
}

func message(a scenario.Args) subject.Message {
	var m subject.Message
	m.Topic, _ = a.String("topic")
	m.Payload, _ = a.String("payload")
	m.QoS, _ = a.Int("qos")
	m.Retain, _ = a.Bool("retain")
	return m
}

func (p *player) publishCall(m subject.Message) *call {
	return &call{Call: judge.Call{Verb: "publish", Message: m}, do: func(ctx context.Context, c *call) {
		p.run.subj.Publish(ctx, m, func(err error) { p.run.finish(c, err) })
	}}
}

func (p *player) subscribeCall(filters []subject.Filter) *call {
	var names []string
	for _, f := range filters {
		names = append(names, f.Filter)
	}
	return &call{Call: judge.Call{Verb: "subscribe", Filters: names}, do: func(ctx context.Context, c *call) {
		granted, err := p.run.subj.Subscribe(ctx, filters)
		c.Granted = granted
		p.run.finish(c, err)
	}}
}

// simpleCall is a call that only succeeds or fails.
func (p *player) simpleCall(verb string, do func(ctx context.Context) error) *call {
	return &call{Call: judge.Call{Verb: verb}, do: func(ctx context.Context, c *call) { p.run.finish(c, do(ctx)) }}
}

func (p *player) clientPublish(st *scenario.Step) error {
	return p.start(st, p.publishCall(message(st.Args)))
}

func (p *player) clientSubscribe(st *scenario.Step) error {
	list, _ := st.Args.Filters("filters")
	filters := make([]subject.Filter, len(list))
	for i, f := range list {
		filters[i] = subject.Filter{Filter: f.Filter, QoS: f.QoS}
	}
	return p.start(st, p.subscribeCall(filters))
}

func (p *player) clientUnsubscribe(st *scenario.Step) error {
	filters, _ := st.Args.Texts("filters")
	c := p.simpleCall("unsubscribe", func(ctx context.Context) error { return p.run.subj.Unsubscribe(ctx, filters) })
	c.Filters = filters
	return p.start(st, c)
}

func (p *player) clientPing(st *scenario.Step) error {
	return p.start(st, p.simpleCall("ping", p.run.subj.Ping))
}

func (p *player) clientHold(st *scenario.Step) error {
	return p.start(st, p.gathererCall("hold", func(_ context.Context, g subject.Gatherer) error { return g.Hold() }))
}

func (p *player) clientFlush(st *scenario.Step) error {
	return p.start(st, p.gathererCall("flush", func(ctx context.Context, g subject.Gatherer) error { return g.Flush(ctx) }))
}

// gathererCall is a call that only some subjects have.
func (p *player) gathererCall(verb string, do func(context.Context, subject.Gatherer) error) *call {
	return p.simpleCall(verb, func(ctx context.Context) error {
		g, ok := p.run.subj.(subject.Gatherer)
		if !ok {
			return &subject.Error{Kind: subject.Unsupported, Err: errors.ErrUnsupported}
		}
		return do(ctx, g)
	})
}

func (p *player) clientDisconnect(st *scenario.Step) error {
	p.leaves()
	return p.start(st, p.simpleCall("disconnect", p.run.subj.Disconnect))
}

// leaves notes that the subject is told to end its connections: with a DISCONNECT or without.
func (p *player) leaves() {
	for _, c := range p.conns {
		c.left = true
	}
}

func (p *player) clientAbort(st *scenario.Step) error {
	p.leaves()
	return p.start(st, p.simpleCall("abort", func(ctx context.Context) error { return subject.Abort(ctx, p.run.subj) }))
}

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
	_, err := p.let(func() (bool, error) { return judge.Unacknowledged(p.w.Recorder.Since(0), &c.Call) == "", nil }, defaultWithin)
	if err != nil {
		return err
	}
	return p.stepped(st, p.w.Now())
}

// acknowledged waits until the subject was handed what acknowledges a publish whose call has ended, as it
// may when a connection is lost, with the message in flight: the API has nothing left to say of it.
func (p *player) acknowledged(st *scenario.Step, c *call) error {
	err := p.await(st, func() (bool, error) { return judge.Unacknowledged(p.w.Recorder.Since(0), &c.Call) == "", nil }, func() error {
		return judge.AsAPI(p.judge.Wanted(st, judge.Unacknowledged(p.w.Recorder.Since(0), &c.Call), "no such packet", "%s: the client was handed no acknowledgement of the message %s: %v", &c.Call, judge.Bound(st, defaultWithin), c.Err))
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
	case subject.KindOf(c.Err) == subject.Pending && judge.Unacknowledged(p.w.Recorder.Since(0), &c.Call) != "":
		return nil // the call has ended, its message is still in flight
	case c.Done && c.Err != nil:
		return judge.AsAPI(p.judge.Wanted(st, "no result yet", judge.DescribeError(c.Err), "%s: failed, and must still wait", &c.Call))
	case c.Done:
		return judge.AsAPI(p.judge.Wanted(st, "no result yet", "success", "%s: reported success too early", &c.Call), judge.ReportedRight)
	}
	return nil
}

// clientOnMessage gives the message callback a small program.
func (p *player) clientOnMessage(st *scenario.Step) error {
	a := st.Args
	pr := &program{}
	pr.when, _ = a.String("when")
	pr.times, _ = a.Int("times")
	count, _ := a.Int("count")
	base, _ := a.String("as")
	single := pr.times == 1 && count == 1
	made := 0
	pr.makes = func() []*call {
		var calls []*call
		for range count {
			c := p.callbackCall(a)
			c.Step, c.Nested = st, true
			made++
			if c.Name = base; base != "" && !single {
				c.Name = fmt.Sprint(base, made)
			}
			p.all = append(p.all, c)
			if c.Name != "" {
				p.calls[c.Name] = c
			}
			calls = append(calls, c)
		}
		return calls
	}
	p.run.mu.Lock()
	p.run.programs = append(p.run.programs, pr)
	p.run.mu.Unlock()
	return nil
}

// callbackCall is what the message callback does.
func (p *player) callbackCall(a scenario.Args) *call {
	do, _ := a.String("do")
	switch do {
	case "publish":
		return p.publishCall(message(a))
	case "subscribe":
		filter, _ := a.String("filter")
		qos, _ := a.Int("qos")
		return p.subscribeCall([]subject.Filter{{Filter: filter, QoS: qos}})
	case "disconnect":
		return p.simpleCall("disconnect", p.run.subj.Disconnect)
	}
	return p.simpleCall("abort", func(ctx context.Context) error { return subject.Abort(ctx, p.run.subj) })
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
