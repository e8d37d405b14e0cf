package play

import (
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/judge"
	"umqtt/harness/model"
	"umqtt/harness/monitor"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// history is what the oracle is told of the run.
func (p *player) history(c *capture.Capture) model.History {
	d := &p.driver
	h := model.History{
		Records: c.Records, Published: d.published, Witnessed: d.witnessed, Witness: d.watching,
		Drained: d.drained, Asked: d.asked, Retries: p.sc.Client.RetryAfter > 0, Ordered: !p.opts.Foreign,
		OwnID: !p.has(spec.SetsClientID), OwnKeepAlive: !p.has(spec.SetsKeepAlive),
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
	h.Distrusted = d.distrusted
	h.Resubscribes = !p.opts.Foreign || p.opts.Require.Profile(spec.Umqtt)
	h.MaxInflight, h.MaxPacket, h.Reconnects = p.sc.Client.MaxInflight, p.sc.Client.MaxPacket, p.auto
	h.Pipelined = slices.Contains(p.sc.Needs, spec.Pipelining)
	if p.sc.Client.SkipOversize {
		h.Skips = p.sc.Client.MaxPacket
	}
	for _, st := range p.sc.Steps {
		do, _ := st.Args.String("do")
		h.Busy = h.Busy || st.Key == "client on_message" && do == "wait"
		h.Slow = h.Slow || slices.Contains([]string{"fault bandwidth", "fault latency", "fault jitter"}, st.Key)
		h.Bent = h.Bent || st.Key == "fault tls" || st.Key == "fault websocket"
	}
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
	h.Held = model.Held{Bytes: p.run.held.bytes, Elements: p.run.held.elements}
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	var began []int
	for _, c := range p.all {
		began = append(began, c.begun)
		m := model.Call{
			Verb: c.Verb, Filters: c.Filters, Began: c.Began, Returned: c.returned, Told: c.Done, Nested: c.Nested || c.thread() != "", From: c.From, At: c.At, Took: c.took, Until: c.start + c.took,
			Message: model.Message{Topic: c.Message.Topic, Payload: c.Message.Payload, QoS: byte(c.Message.QoS)},
		}
		m.Retain, m.QoSs, m.Connect = c.Message.Retain, c.qos, c.asked
		if p.has(spec.TellsGranted) {
			m.Granted = c.Granted
		}
		if p.has(spec.TellsSessionPresent) {
			m.Present = &c.SessionPresent
		}
		if m.Untold = untold(c); p.silent(c) {
			m.Told, m.Untold = true, true
		}
		if c.Err != nil {
			m.Err = string(subject.KindOf(c.Err))
		}
		if !p.auto {
			m.Bound = callBound
		}
		h.Calls = append(h.Calls, m)
	}
	p.lives.tell(&h, began)
	for _, m := range p.run.messages {
		h.Messages = append(h.Messages, model.Message{Topic: m.Topic, Payload: m.Payload, QoS: byte(m.QoS), At: m.at})
	}
	for _, c := range p.run.changed {
		h.Changed = append(h.Changed, fmt.Sprintf("the message of the callback was %s, and is %s behind %s", judge.DescribeMessage(c.is), judge.DescribeMessage(c.to), c.call))
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

// asked returns what the options of a connect ask for.
func asked(o subject.Options) *model.Asked {
	a := &model.Asked{ClientID: o.ClientID, Clean: o.CleanSession, KeepAlive: o.KeepAlive, Username: o.Username, Password: o.Password}
	if w := o.Will; w != nil {
		a.Will = &model.Will{Topic: w.Topic, Payload: w.Payload, QoS: byte(w.QoS), Retain: w.Retain}
	}
	return a
}
