package play

import (
	"context"
	"errors"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/scenario"
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
	p.enters(c)
}

// enters notes a call that is to be made; p.run.mu is held.
func (p *player) enters(c *call) {
	c.order = len(p.all)
	p.all = append(p.all, c)
	if c.Step != nil && c.Name == "" && !c.Nested {
		p.unnamed = append(p.unnamed, c)
	}
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
	c := &call{Call: judge.Call{Verb: "connect"}, asked: asked(o)}
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
	var qos []byte
	for _, f := range filters {
		names, qos = append(names, f.Filter), append(qos, byte(f.QoS))
	}
	return &call{Call: judge.Call{Verb: "subscribe", Filters: names}, qos: qos, do: func(ctx context.Context, c *call) {
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
	return p.start(st, p.unsubscribeCall(filters))
}

func (p *player) unsubscribeCall(filters []string) *call {
	c := p.simpleCall("unsubscribe", func(ctx context.Context) error { return p.run.subj.Unsubscribe(ctx, filters) })
	c.Filters = filters
	return c
}

// pause lets time pass in a callback, until the scenario has ended.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return nil
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
		return gatherer(ctx, p.run.subj, do)
	})
}

// gatherer makes a call of a subject that may lack it.
func gatherer(ctx context.Context, s subject.Subject, do func(context.Context, subject.Gatherer) error) error {
	g, ok := s.(subject.Gatherer)
	if !ok {
		return &subject.Error{Kind: subject.Unsupported, Err: errors.ErrUnsupported}
	}
	return do(ctx, g)
}

func (p *player) clientDisconnect(st *scenario.Step) error {
	p.leaves()
	return p.start(st, p.simpleCall("disconnect", p.run.subj.Disconnect))
}

// leaves notes that the subject is told to end its connections: with a DISCONNECT or without.
func (p *player) leaves() {
	for ; p.left < p.known; p.left++ {
		if c := p.conns[p.left+1]; c != nil {
			c.left = true
		}
	}
}

func (p *player) clientAbort(st *scenario.Step) error {
	p.leaves()
	return p.start(st, p.simpleCall("abort", func(ctx context.Context) error { return subject.Abort(ctx, p.run.subj) }))
}
