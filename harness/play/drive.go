package play

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/judge"
	"umqtt/harness/model"
	"umqtt/harness/monitor"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// A driver plays a scenario with an oracle as a program would that uses the client: it makes the calls, connects
// again when the connection is lost, subscribes again when the session is, and goes on whatever comes of a call.
// At the end it undoes all faults, lets every call come to its outcome and asks for a last message. Package model
// says what was wrong.
type driver struct {
	started bool // there was a connect
	left    bool // the subject was told to disconnect
	down    bool // the peer is gone
	seen    int  // records that watchOnline has looked at
	conn    int  // the newest connection
	online  bool // it was accepted, and has not ended
	ends    int  // how many connections have ended
	asks    int  // SUBSCRIBE packets on it that wait for their SUBACK

	renewal *call            // asks for what the newest session lacks
	owed    []subject.Filter // what that is
	judged  int              // calls that renew has looked at
	doubt   bool             // a connect has failed, and may have made the session that the next one finds

	watching  bool // the witness is subscribed to everything
	published []model.Published
	witnessed []model.Message
	drained   bool
	asked     []model.Message
}

// The patience of a driver.
const (
	// patience is how long the driver waits for a call before it goes on with the next step.
	patience = 10 * time.Second
	// callBound is what a call of a subject may last that does not connect again by itself.
	callBound = time.Minute
	// attempts is how often a lost connection is made again in a row, each a second behind the one before.
	attempts = 6
	// rounds is how often the driver lets the subject come to rest at the end.
	rounds = 8
	// answerBound is how long the last message may take.
	answerBound = 5 * time.Second
)

// walk plays the steps: as a script, or for an oracle.
func (p *player) walk() error {
	if p.sc.Oracle == "" {
		return p.script()
	}
	err := p.drive()
	p.witnessTakes()
	return err
}

// drive plays the steps of a scenario with an oracle, and comes to an end.
func (p *player) drive() error {
	if err := p.witnessAll(); err != nil {
		return err
	}
	for i := range p.sc.Steps {
		st := &p.sc.Steps[i]
		p.w.Settle()
		p.began = p.w.Now()
		if p.opts.Begin != nil {
			p.opts.Begin(st)
		}
		if err := p.driveStep(st); err != nil {
			return err
		}
		if err := p.w.Link.Err(); err != nil {
			return p.judge.Setup(st, "%v", err)
		}
	}
	return p.conclude()
}

func (p *player) driveStep(st *scenario.Step) error {
	verb, _, _ := strings.Cut(st.Key, " ")
	switch {
	case st.Key == "witness publish":
		return p.witnessSends(st, message(st.Args))
	case st.Key == "client on_message", st.Key == "wait":
		return executors[st.Key](p, st)
	case verb == "client":
		return p.driveCall(st)
	}
	p.driver.down = st.Key == "fault down" || p.driver.down && st.Key != "fault up"
	err := executors[st.Key](p, st)
	if e, ok := errors.AsType[*judge.Error](err); ok && e.Verdict == judge.Fail {
		return nil // it acts on a connection, and there is none
	}
	if err != nil {
		return err
	}
	return p.passes()
}

// driveCall has the subject make a call, and waits for it as long as a program would.
func (p *player) driveCall(st *scenario.Step) error {
	d := &p.driver
	switch st.Key {
	case "client connect":
		d.started, d.left = true, false
	case "client disconnect", "client abort":
		d.left = true
	default:
		if err := p.ensure(); err != nil {
			return err
		}
	}
	if err := executors[st.Key](p, st); err != nil {
		return err
	}
	if st.Key == "client publish" && slices.Contains(p.sc.Needs, spec.Pipelining) {
		return nil
	}
	limit := patience
	if d.down {
		limit = time.Second // a call may wait for the peer, and the next steps bring it back
	}
	if err := p.rests(limit); err != nil {
		return err
	}
	return p.renew()
}

// passes lets everything that is under way arrive.
func (p *player) passes() error {
	_, err := p.let(never, p.w.Moment())
	return err
}

// rests waits until the subject has made all calls that it was told to.
func (p *player) rests(limit time.Duration) error {
	_, err := p.let(func() (bool, error) { return p.run.rests(), nil }, limit)
	return err
}

// rests reports whether no call is running or waiting for its turn.
func (r *runner) rests() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running == nil && len(r.queue) == 0
}

// isConnected reports whether the subject has a connection as far as its calls have told.
func (r *runner) isConnected() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.connected
}

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
			if !c.SessionPresent || d.doubt {
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

// watchOnline follows the newest connection.
func (p *player) watchOnline() {
	d := &p.driver
	for _, r := range p.w.Recorder.Since(d.seen) {
		d.seen++
		if r.Kind == capture.Event {
			continue
		}
		if r.Conn > d.conn {
			d.conn, d.online, d.asks = r.Conn, false, 0
		}
		switch {
		case r.Conn != d.conn:
		case len(r.Data) == 0:
			d.online = false
			d.ends++
		case r.Kind == capture.Sent && wire.TypeOf(r.Data) == wire.SUBSCRIBE:
			d.asks++
		case r.Kind == capture.Handed && wire.TypeOf(r.Data) == wire.SUBACK:
			d.asks--
		case r.Kind == capture.Handed && wire.TypeOf(r.Data) == wire.CONNACK:
			d.online = len(r.Data) == 4 && r.Data[3] == 0
		}
	}
}

// witnessAll connects the witness and subscribes it to everything.
func (p *player) witnessAll() error {
	if err := p.w.ConnectWitness(); err != nil {
		return p.judge.Setup(nil, "the witness cannot connect: %v", err)
	}
	c := wire.New(wire.CONNECT).(*wire.Connect)
	c.ClientID, c.CleanSession = "witness", true
	if err := p.witnessAsks(c, wire.CONNACK); err != nil {
		return err
	}
	p.driver.watching = true
	return p.witnessAsks(&wire.Subscribe{PacketID: p.w.Witness().NextID(), Filters: []wire.Subscription{{Filter: "#", QoS: 1}}}, wire.SUBACK)
}

// witnessAsks sends a packet for the witness and waits for what answers it.
func (p *player) witnessAsks(q wire.Packet, ack wire.Type) error {
	w := p.w.Witness()
	want := w.Acks(ack) + 1
	if err := w.Send(q); err != nil {
		return p.judge.Setup(nil, "the witness cannot send: %v", err)
	}
	if ack == 0 {
		return p.passes()
	}
	ok, err := p.let(func() (bool, error) {
		if err := w.Err(); err != nil {
			return false, p.judge.Setup(nil, "the witness: %v", err)
		}
		return w.Acks(ack) >= want, nil
	}, patience)
	if err == nil && !ok {
		err = p.judge.Setup(nil, "the broker sent the witness no %s", ack)
	}
	return err
}

// witnessSends has the witness publish a message, which the oracle expects to arrive from then on.
func (p *player) witnessSends(st *scenario.Step, m subject.Message) error {
	q := &wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: byte(m.QoS), Retain: m.Retain}
	var ack wire.Type
	if m.QoS > 0 {
		q.PacketID, ack = p.w.Witness().NextID(), wire.PUBACK
	}
	at := p.w.Recorder.Len()
	if err := p.witnessAsks(q, ack); err != nil {
		return err
	}
	p.driver.published = append(p.driver.published, model.Published{Message: model.Message{Topic: m.Topic, Payload: m.Payload, QoS: byte(m.QoS)}, At: at})
	return p.passes()
}

// witnessTakes takes over what the witness has got.
func (p *player) witnessTakes() {
	w := p.w.Witness()
	if w == nil {
		return
	}
	for m, ok := w.Peek(); ok; m, ok = w.Peek() {
		p.driver.witnessed = append(p.driver.witnessed, model.Message{Topic: m.Topic, Payload: string(m.Payload), QoS: m.QoS})
		w.Pop()
	}
}

// conclude undoes the faults, lets the subject come to rest, asks for a last message on each subscription, and has
// the subject disconnect.
func (p *player) conclude() error {
	d := &p.driver
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
		d.drained = true // and what has no outcome by now will have none
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
	if err := p.heal(); err != nil {
		return false, err
	}
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
func (p *player) heal() error {
	for conn := 1; conn <= p.w.Link.Conns(); conn++ {
		if !p.w.Link.Ended(conn) {
			if err := p.w.Link.Heal(conn); err != nil {
				return p.judge.Setup(nil, "%v", err)
			}
		}
	}
	if p.driver.down {
		p.w.Link.Up()
		p.driver.down = false
	}
	return nil
}

// lost notes that the subject has no connection any more.
func (r *runner) lost() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connected = false
}

// outcomes reports whether each call that was made has told its outcome.
func (p *player) outcomes() bool {
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	return !slices.ContainsFunc(p.all, func(c *call) bool { return c.Began && !c.Done })
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
		asked = append(asked, model.Message{Topic: m.Topic, Payload: m.Payload, QoS: 1})
	}
	if len(asked) == 0 {
		return p.passes()
	}
	got := func() (bool, error) { return p.hasGot(asked) || d.ends != ends, nil }
	ok, err := p.let(got, answerBound)
	if err == nil && !ok { // what is stalled now, or comes late, is all that is left of the faults
		if err = p.heal(); err == nil {
			_, err = p.let(got, 3*answerBound)
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
	forgets := 0 // the connection behind which the broker has lost the session: it does with the next one
	for i, r := range c.Records {
		if r.Kind == capture.Event && strings.HasSuffix(r.Text, fault.Forgets) {
			forgets = r.Conn
		} else if forgets > 0 && r.Conn > forgets {
			h.Lost = append(h.Lost, i)
			forgets = 0
		}
	}
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	for _, c := range p.all {
		m := model.Call{
			Verb: c.Verb, Filters: c.Filters, Began: c.Began, Returned: c.returned, Told: c.Done, From: c.From, At: c.At, Took: c.took,
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
	res.Violations = model.Check(p.history(res.Capture))
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
