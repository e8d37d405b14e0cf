package play

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/model"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/transport"
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

	distrusted []model.Distrust // connections to a server that errs below MQTT

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
	p.w.Settle() // the last publish may be on its way yet, if nobody waits for it
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
	p.distrust(st)
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
	case "client dies":
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

// distrust notes which connections a client must not use, when the server begins to err below MQTT, or ends it.
func (p *player) distrust(st *scenario.Step) {
	if st.Key != "fault tls" && st.Key != "fault websocket" {
		return
	}
	all := &p.driver.distrusted
	now := p.w.Link.Conns()
	if n := len(*all); n > 0 && (*all)[n-1].To == 0 {
		(*all)[n-1].To = max(now, 1)
	}
	f := scenario.TransportFaults(*st)
	switch {
	case st.Key == "fault tls" && f.Certificate != transport.Good && f.Certificate != "":
		*all = append(*all, model.Distrust{From: now, Why: fmt.Sprintf("has the certificate %q", f.Certificate)})
	case st.Key == "fault websocket" && f.Subprotocol != "":
		*all = append(*all, model.Distrust{From: now, Why: fmt.Sprintf("selects the subprotocol %q", f.Subprotocol)})
	case st.Key == "fault websocket" && f.Text:
		*all = append(*all, model.Distrust{From: now, Why: "sends text frames", Connects: true})
	}
}
