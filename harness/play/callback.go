package play

import (
	"context"
	"fmt"

	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

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
			c.still, _ = a.Bool("still")
			made++
			if c.Name = base; base != "" && !single {
				c.Name = fmt.Sprint(base, made)
			}
			p.enters(c)
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
	case "unsubscribe":
		filter, _ := a.String("filter")
		return p.unsubscribeCall([]string{filter})
	case "wait":
		d, _ := a.Duration("for")
		return p.simpleCall("wait", func(ctx context.Context) error { return pause(ctx, d) })
	case "disconnect":
		return p.simpleCall("disconnect", p.run.subj.Disconnect)
	}
	return p.simpleCall("abort", func(ctx context.Context) error { return subject.Abort(ctx, p.run.subj) })
}
