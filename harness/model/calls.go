package model

import (
	"slices"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// callRules are about the calls of the API.
var callRules = []Rule{
	{Name: "call-ends", IDs: []string{"api-outcome-2"}, Weak: true, check: (*judgement).callsEnd,
		Doc: "A call that was made returns, within its bound if it has one."},
	{Name: "outcome-told", IDs: []string{"api-outcome-2"}, check: (*judgement).outcomesTold,
		Doc: "Once the faults are over, every publish has told what came of it."},
	{Name: "success-founded", IDs: []string{"api-outcome-1"}, Weak: true, check: (*judgement).successes,
		Doc: "A call reports success only after the packet that answers it, with its identifier, was handed to the client."},
}

func (j *judgement) callsEnd() {
	for i := range j.Calls {
		switch c := &j.Calls[i]; {
		case !c.Began:
		case !c.Returned:
			j.report(-1, "%s did not return", c)
		case c.Bound > 0 && c.Took > c.Bound:
			j.report(-1, "%s took %v, which is bounded by %v", c, c.Took, c.Bound)
		}
	}
}

func (j *judgement) outcomesTold() {
	for i := range j.Calls {
		if c := &j.Calls[i]; j.Drained && c.Returned && !c.Told {
			j.report(-1, "%s has not told its outcome, although the faults are over", c)
		}
	}
}

func (j *judgement) successes() {
	for i := range j.Calls {
		c := &j.Calls[i]
		if !c.Told || c.Untold || c.Err != "" {
			continue
		}
		if missing := j.missing(c); missing != "" {
			j.report(c.At-1, "%s reported success before a %s for it was handed to the client", c, missing)
		}
	}
}

// missing returns what a call that succeeded had to wait for and did not; "" is nothing.
func (j *judgement) missing(c *Call) string {
	switch {
	case c.Verb == "connect" && !j.accepted(c):
		return "CONNACK"
	case c.Verb == "subscribe" && !j.answered(c, wire.SUBACK):
		return "SUBACK"
	case c.Verb == "unsubscribe" && !j.answered(c, wire.UNSUBACK):
		return "UNSUBACK"
	case c.Verb == "publish" && c.QoS == 1 && j.acknowledged(c.Message, c.From, c.At) < 0:
		return "PUBACK"
	case c.Verb == "publish" && c.QoS == 2 && j.acknowledged(c.Message, c.From, c.At) < 0:
		return "PUBCOMP"
	}
	return ""
}

// accepted reports whether a CONNACK that accepts the connection came within a connect, or the connection that it
// found was open.
func (j *judgement) accepted(c *Call) bool {
	newest, open := 0, false
	for i, p := range j.packets[:c.At] {
		r := j.Records[i]
		if r.Conn > newest {
			newest, open = r.Conn, false
		}
		a, ok := p.(*wire.Connack)
		switch {
		case r.Conn != newest || r.Kind == capture.Event:
		case len(r.Data) == 0 && r.Kind == capture.Sent:
			open = false
		case ok && a.Code == 0 && r.Kind == capture.Handed:
			open = true
			if i >= c.From {
				return true
			}
		}
	}
	return open
}

// answered reports whether a request for each of a call's filters was answered: the newest one, or one that was sent
// within the call.
func (j *judgement) answered(c *Call, by wire.Type) bool {
	type request struct {
		conn int
		id   uint16
	}
	for _, filter := range c.Filters {
		within := map[request]bool{} // those that may answer the call
		ok := false
		asked := func(i int, q request) {
			if i < c.From { // an older one counts as long as there is no newer
				ok = false
				clear(within)
			}
			within[q] = true
		}
		for i, p := range j.packets[:c.At] {
			r := j.Records[i]
			answers := func(id uint16) bool { return r.Kind == capture.Handed && within[request{r.Conn, id}] }
			switch p := p.(type) {
			case *wire.Subscribe:
				if by == wire.SUBACK && slices.ContainsFunc(p.Filters, func(s wire.Subscription) bool { return s.Filter == filter }) {
					asked(i, request{r.Conn, p.PacketID})
				}
			case *wire.Unsubscribe:
				if by == wire.UNSUBACK && slices.Contains(p.Filters, filter) {
					asked(i, request{r.Conn, p.PacketID})
				}
			case *wire.Suback:
				ok = ok || by == wire.SUBACK && answers(p.PacketID)
			case *wire.Unsuback:
				ok = ok || by == wire.UNSUBACK && answers(p.PacketID)
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

// acknowledged returns the record of the packet that ends the exchange of a message which was sent behind the
// first from records, if it stands among the first to, or -1.
func (j *judgement) acknowledged(m Message, from, to int) int {
	var ids map[uint16]bool
	for i := from; i < min(to, len(j.packets)); i++ {
		switch p := j.packets[i].(type) {
		case *wire.Publish:
			if j.Records[i].Kind == capture.Sent && p.Topic == m.Topic && string(p.Payload) == m.Payload {
				if ids == nil {
					ids = map[uint16]bool{}
				}
				ids[p.PacketID] = true
			}
		case *wire.Puback:
			if m.QoS == 1 && j.Records[i].Kind == capture.Handed && ids[p.PacketID] {
				return i
			}
		case *wire.Pubcomp:
			if m.QoS == 2 && j.Records[i].Kind == capture.Handed && ids[p.PacketID] {
				return i
			}
		}
	}
	return -1
}
