package play

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/model"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// ensure connects a subject again that has lost its connection and does not connect by itself, and subscribes
// again to what it had subscribed to if its session is new. A few failures are no error: the next step tries again.
func (p *player) ensure() error {
	d := &p.driver
	for n := range attempts {
		if !d.started || d.left || d.down || p.run.isConnected() || !p.run.rests() {
			return nil
		}
		if n > 0 {
			if _, err := p.let(never, time.Second); err != nil {
				return err
			}
		}
		if err := p.connect(nil, p.options); err != nil {
			return err
		}
		if err := p.rests(callBound); err != nil {
			return err
		}
		if err := p.renew(); err != nil {
			return err
		}
	}
	return nil
}

// renew subscribes again to what a new session lacks, when a connect has reported that it is new, and until that
// has succeeded. A session that is present behind a connect that failed may be of that one: it counts as new.
func (p *player) renew() error {
	d := &p.driver
	p.run.mu.Lock()
	for ; d.judged < len(p.all) && (p.all[d.judged].Done || p.all[d.judged].Verb == "publish"); d.judged++ {
		c := p.all[d.judged]
		switch {
		case c.Verb != "connect":
		case c.Err != nil:
			d.doubt = !p.auto
		default:
			if anew := p.lives.anew(c); anew || !c.SessionPresent || d.doubt { // a process that begins anew subscribes
				d.owed, d.renewal = live(p.all[:d.judged]), nil
			}
			d.doubt = false
		}
	}
	if d.renewal != nil && d.renewal.Done && d.renewal.Err == nil {
		d.owed = nil
	}
	p.run.mu.Unlock()
	if len(d.owed) == 0 || !p.run.isConnected() || !p.run.rests() {
		return nil
	}
	d.renewal = p.subscribeCall(d.owed)
	if err := p.start(nil, d.renewal); err != nil {
		return err
	}
	if err := p.rests(callBound); err != nil {
		return err
	}
	if d.renewal.Done && d.renewal.Err == nil {
		d.owed = nil
	}
	return nil
}

// live returns the filters that the API has reported as subscribed, in their order. The runner's lock is held.
func live(calls []*call) []subject.Filter {
	live := map[string]int{}
	for _, c := range calls {
		for i, f := range c.Filters {
			switch {
			case c.Verb == "unsubscribe" && c.Began:
				delete(live, f)
			case c.Verb == "subscribe" && c.Done && c.Err == nil:
				qos := 1
				if i < len(c.Granted) {
					qos = c.Granted[i]
				}
				if qos <= 2 {
					live[f] = qos
				}
			}
		}
	}
	var all []subject.Filter
	for _, f := range slices.Sorted(maps.Keys(live)) {
		all = append(all, subject.Filter{Filter: f, QoS: live[f]})
	}
	return all
}

// conclude undoes the faults, lets the subject come to rest, asks for a last message on each subscription, and has
// the subject disconnect.
func (p *player) conclude() error {
	d := &p.driver
	if p.lives != nil {
		p.lives.world.Arm(nil)
		if err := p.lives.world.Err(); err != nil {
			return p.judge.Setup(nil, "%v", err)
		}
	}
	if !d.started {
		return nil
	}
	d.left = false
	for n := 0; n < rounds && !d.drained; n++ {
		ready, err := p.recovers(n)
		if err != nil {
			return err
		}
		if !ready {
			continue
		}
		if err := p.asksLast(n); err != nil {
			return err
		}
		d.drained = d.online && p.outcomes()
	}
	if !d.drained && d.online && p.run.rests() && p.spent() {
		if _, err := p.let(func() (bool, error) { return p.outcomes() || !d.online, nil }, patience); err != nil {
			return err
		}
		d.drained = d.online // and what has no outcome by now will have none
	}
	d.left = true
	if p.run.rests() {
		if err := p.start(nil, p.simpleCall("disconnect", p.run.subj.Disconnect)); err != nil {
			return err
		}
	}
	if err := p.rests(patience); err != nil {
		return err
	}
	return p.passes()
}

// spent reports whether the faults of the scenario are over for sure at its end: each strikes once.
func (p *player) spent() bool {
	return !slices.ContainsFunc(p.sc.Steps, func(st scenario.Step) bool {
		r, err := scenario.Rule(st, p.lookup)
		switch r.Action.(type) {
		case fault.Refuse, fault.AcceptClose, fault.Latency, fault.Jitter, fault.Bandwidth, fault.Split:
			return false // they are counted, or take nothing away
		}
		return err == nil && !scenario.AtOnce(st) && r.Match.Nth == 0
	})
}

// recovers heals the link and waits until the subject is connected, each call has told its outcome, and what a new
// session lacked is subscribed again. What is left in flight on a connection that stays open is sent again on
// another one. ready is false where another round is needed.
func (p *player) recovers(round int) (ready bool, err error) {
	d := &p.driver
	p.heal()
	if err := p.ensure(); err != nil {
		return false, err
	}
	rests := func() (bool, error) {
		return p.run.rests() && d.online && d.asks <= 0 && p.outcomes() || !p.auto && p.run.rests() && !p.run.isConnected(), nil
	}
	for range rounds {
		ok, err := p.let(rests, patience)
		if err != nil || ok && !d.online {
			return false, err
		}
		if !ok {
			break
		}
		renewal := d.renewal
		if err := p.passes(); err != nil { // what follows a CONNACK is under way
			return false, err
		}
		if err := p.renew(); err != nil {
			return false, err
		}
		if still, _ := rests(); still && d.online && d.renewal == renewal && len(d.owed) == 0 {
			return true, nil
		}
	}
	if round == 0 || !p.run.rests() {
		return false, nil
	}
	if err := p.start(nil, p.simpleCall("abort", func(ctx context.Context) error { return subject.Abort(ctx, p.run.subj) })); err != nil {
		return false, err
	}
	if err := p.rests(patience); err != nil {
		return false, err
	}
	p.run.lost()
	return false, p.ensure()
}

// heal undoes what faults there are on the link.
func (p *player) heal() {
	for conn := 1; conn <= p.w.Link.Conns(); conn++ {
		if !p.w.Link.Ended(conn) {
			p.w.Link.Heal(conn) // the only error is that of a number that no connection has
		}
	}
	if p.driver.down {
		p.w.Link.Up()
		p.driver.down = false
	}
}

// lost notes that the subject has no connection any more.
func (r *runner) lost() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connected = false
}

// silent reports whether nothing will tell what came of a call: not every API tells it of a publish.
func (p *player) silent(c *call) bool { return c.Verb == "publish" && !p.has(spec.ReportsOutcome) }

// outcomes reports whether each call that was made has told its outcome, and no store keeps a message.
func (p *player) outcomes() bool {
	if p.lives != nil && len(p.lives.world.Kept()) > 0 {
		return false
	}
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	return !slices.ContainsFunc(p.all, func(c *call) bool { return c.Began && !c.Done && !p.silent(c) })
}

// asksLast has the witness publish to each subscription of the subject, and waits until it has got that.
func (p *player) asksLast(round int) error {
	d := &p.driver
	ends := d.ends
	var asked []model.Message
	p.run.mu.Lock()
	subs := live(p.all)
	p.run.mu.Unlock()
	for i, f := range subs {
		m := subject.Message{Topic: topicFor(f.Filter), Payload: fmt.Sprintf("last %d.%d", round, i), QoS: 1}
		if err := p.witnessSends(nil, m); err != nil {
			return err
		}
		d.published = d.published[:len(d.published)-1] // it is judged by itself
		asked = append(asked, model.Message{Topic: m.Topic, Payload: m.Payload, QoS: 1, At: p.w.Recorder.Len()})
	}
	if len(asked) == 0 {
		return p.passes()
	}
	got := func() (bool, error) { return p.hasGot(asked) || d.ends != ends, nil }
	ok, err := p.let(got, answerBound)
	for n := 0; n < rounds && err == nil && !ok; n++ { // what is stalled now, or comes late, is all that is left of the faults
		p.heal()
		before := p.w.Recorder.Len()
		if n > 0 { // a packet that waits for the next one comes with that, and through several such faults with several
			err = p.nudges(subs)
		}
		if err == nil {
			ok, err = p.let(got, 3*answerBound)
		}
		if n > 0 && p.w.Recorder.Len() == before {
			break
		}
	}
	if err == nil {
		err = p.passes()
	}
	if d.asked = nil; d.ends == ends && d.online {
		d.asked = asked
	} else {
		d.online = false
	}
	return err
}

// nudges has the witness publish to each subscription of the subject once more. Nothing is expected of that.
func (p *player) nudges(subs []subject.Filter) error {
	d := &p.driver
	for i, f := range subs {
		if err := p.witnessSends(nil, subject.Message{Topic: topicFor(f.Filter), Payload: fmt.Sprintf("more %d", i), QoS: 1}); err != nil {
			return err
		}
		d.published = d.published[:len(d.published)-1]
	}
	return nil
}

// hasGot reports whether the callback has got all of these messages.
func (p *player) hasGot(asked []model.Message) bool {
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	for _, m := range asked {
		if !slices.ContainsFunc(p.run.messages, func(r received) bool { return r.Topic == m.Topic && r.Payload == m.Payload }) {
			return false
		}
	}
	return true
}

// topicFor returns a topic name that a filter matches.
func topicFor(filter string) string {
	return strings.ReplaceAll(strings.ReplaceAll(filter, "#", "last"), "+", "last")
}
