package draft

import (
	"slices"

	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// outcome says what became of calls when the subject was handed a packet, and what its callback gets.
func (d *drafter) outcome(i int, r *draftRecord) {
	switch p := r.packet.(type) {
	case *wire.Connack:
		c := d.conns[r.Conn]
		again := c.accepted
		c.accepted = p.Code == 0
		c.settled = c.accepted && !p.SessionPresent && !again
		n := len(d.connects) - 1
		if n < 0 || d.connects[n].done {
			return
		}
		switch c := d.connects[n]; {
		case p.Code == 0:
			c.done = true
			d.add(r, "client done", scenario.Args{"call": c.name, "session_present": p.SessionPresent})
		case !d.follows(i, func(r *draftRecord) bool { return wire.TypeOf(r.Data) == wire.CONNECT && r.Sent }):
			c.done = true
			d.add(r, "client fails", scenario.Args{"call": c.name, "error": "refused"})
		}
	case *wire.Publish:
		d.receive(i, r, p)
	case *wire.Puback:
		d.done(r, p.PacketID, "client publish", 1)
	case *wire.Pubcomp:
		d.done(r, p.PacketID, "client publish", 2)
	case *wire.Suback:
		var granted []int
		for _, code := range p.Codes {
			granted = append(granted, int(code))
		}
		if c := d.calls[d.ids[int(p.PacketID)]]; c != nil && !slices.Contains(granted, wire.SubackFailure) {
			if subs, ok := c.args.Filters("filters"); ok && len(subs) == len(granted) {
				d.done(r, p.PacketID, "client subscribe", 0)
			}
		}
	case *wire.Unsuback:
		d.done(r, p.PacketID, "client unsubscribe", 0)
	}
}

// done adds that the call with this identifier has succeeded.
func (d *drafter) done(r *draftRecord, id uint16, key string, qos int) {
	c := d.calls[d.ids[int(id)]]
	if c == nil || c.done || c.key != key {
		return
	}
	if of, ok := c.args.Int("qos"); ok && of != qos {
		return
	}
	c.done = true
	d.conns[r.Conn].settled = true
	d.add(r, "client done", scenario.Args{"call": c.name})
}

// receive adds that the callback gets a message, unless it is a QoS 2 message that it has got, or the
// subject answers by ending the connection.
func (d *drafter) receive(i int, r *draftRecord, p *wire.Publish) {
	next := d.next(i, r.Conn)
	if !d.conns[r.Conn].accepted || p.QoS == 2 && p.Dup || next != nil && next.Sent && next.End != "" {
		return
	}
	args := scenario.Args{"topic": p.Topic, "qos": int(p.QoS), "payload": string(p.Payload)}
	for name, set := range map[string]bool{"dup": p.Dup, "retain": p.Retain} {
		if set {
			args[name] = true
		}
	}
	d.add(r, "receive", args)
}

// next returns the record behind the i-th that is about a connection itself, or nil.
func (d *drafter) next(i, conn int) *draftRecord {
	for j := i + 1; j < len(d.records); j++ {
		if r := &d.records[j]; r.Conn == conn && r.Event == "" {
			return r
		}
	}
	return nil
}

// follows tells whether a record like that comes behind the i-th.
func (d *drafter) follows(i int, like func(*draftRecord) bool) bool {
	for j := i + 1; j < len(d.records); j++ {
		if like(&d.records[j]) {
			return true
		}
	}
	return false
}

// pendings adds, to each call with a name of which no step says what became of it, that it is pending once
// its packet is there: more is not known.
func pendings(steps []scenario.Step) []scenario.Step {
	judged := map[string]bool{}
	for _, s := range steps {
		if scenario.JudgesCall(s.Key) {
			name, _ := s.Args.String("call")
			judged[name] = true
		}
	}
	var all []scenario.Step
	unjudged := ""
	for _, s := range steps {
		all = append(all, s)
		if unjudged != "" {
			all = append(all, scenario.Step{Key: "client pending", Args: scenario.Args{"call": unjudged}})
		}
		unjudged = ""
		if name, _ := s.Args.String("as"); !judged[name] {
			unjudged = name
		}
	}
	return all
}
