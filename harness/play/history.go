package play

import (
	"slices"
	"strings"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/judge"
	"umqtt/harness/model"
	"umqtt/harness/monitor"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// history is what the oracle is told of the run.
func (p *player) history(c *capture.Capture) model.History {
	d := &p.driver
	h := model.History{
		Records: c.Records, Published: d.published, Witnessed: d.witnessed, Witness: d.watching,
		Drained: d.drained, Asked: d.asked, Retries: p.sc.Client.RetryAfter > 0, Ordered: !p.opts.Foreign,
	}
	if p.sc.Oracle == scenario.Weak {
		h.Level = model.Weak
	}
	if p.w.Simulated() {
		h.World = monitor.Simulated
	}
	h.Keeps = !slices.ContainsFunc(p.sc.Steps, func(st scenario.Step) bool {
		return st.Key == "client connect" && p.sc.Client.With(st.Args).CleanSession
	})
	forgets, newest := 0, 0 // the newest connection when the broker was to lose the session: it does with the next one
	for i, r := range c.Records {
		newest = max(newest, r.Conn)
		if r.Kind == capture.Event && strings.HasSuffix(r.Text, fault.Forgets) {
			forgets = newest
		} else if forgets > 0 && r.Conn > forgets {
			h.Lost = append(h.Lost, i)
			forgets = 0
		}
	}
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	for _, c := range p.all {
		m := model.Call{
			Verb: c.Verb, Filters: c.Filters, Began: c.Began, Returned: c.returned, Told: c.Done, Nested: c.Nested, From: c.From, At: c.At, Took: c.took,
			Message: model.Message{Topic: c.Message.Topic, Payload: c.Message.Payload, QoS: byte(c.Message.QoS)},
		}
		if m.Untold = untold(c); c.Err != nil {
			m.Err = string(subject.KindOf(c.Err))
		}
		if !p.auto {
			m.Bound = callBound
		}
		h.Calls = append(h.Calls, m)
	}
	for _, m := range p.run.messages {
		h.Messages = append(h.Messages, model.Message{Topic: m.Topic, Payload: m.Payload, QoS: byte(m.QoS), At: m.at})
	}
	return h
}

// oracle judges the run.
func (p *player) oracle(res *judge.Result) {
	h := p.history(res.Capture)
	res.Violations, res.Drained = model.Check(h), h.Drained
	v, ok := model.Blamed(res.Violations)
	if !ok {
		return
	}
	err := judge.Blame(p.judge.Broken("%s: %s", v.Rule, v.Message), v.IDs...)
	f := err.(*judge.Error).Failure
	records := res.Capture.Records
	if v.Record >= 0 && v.Record < len(records) {
		records = records[:v.Record+1]
	}
	f.Last = judge.LastOf(&capture.Capture{Records: records})
	res.Verdict, res.Failure = judge.Fail, f
}
