package model

import (
	"slices"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// An Asked is what a connect asks for.
type Asked struct {
	ClientID           string
	Clean              bool
	KeepAlive          time.Duration
	Username, Password *string
	Will               *Will
}

// A Will is the message that the server publishes for a client that is lost.
type Will struct {
	Topic, Payload string
	QoS            byte
	Retain         bool
}

// toldRules are about what a client was told, and what it sends or tells of that.
var toldRules = []Rule{
	{Name: "connects-as-told", IDs: []string{"api-outcome-1"}, Weak: true, check: (*judgement).connectsAsTold,
		Doc: "A CONNECT has the client identifier, keep alive, will, user name and password that the newest connect asked for, and a clean session where it asked for one."},
	{Name: "publishes-as-told", IDs: []string{"MQTT-3.3.1-5"}, Weak: true, check: (*judgement).publishesAsTold,
		Doc: "A PUBLISH for a call has its QoS and RETAIN."},
	{Name: "subscribes-as-told", IDs: []string{"umqtt-resubscribe-1"}, Weak: true, check: (*judgement).subscribesAsTold,
		Doc: "A SUBSCRIBE asks for filters that the API was told to subscribe to, at the QoS that it was told, and for none that it was told to unsubscribe from."},
	{Name: "answer-told", IDs: []string{"api-outcome-1"}, Weak: true, check: (*judgement).answersTold,
		Doc: "A connect that succeeds tells the session present that its CONNACK has, and a subscribe the return codes of its SUBACK."},
	{Name: "failure-founded", IDs: []string{"api-outcome-1"}, check: (*judgement).failuresFounded,
		Doc: "A connect does not fail that made a connection which was accepted and has not ended."},
}

// newest returns the newest call of a verb that had begun when there were n records and that chosen accepts, or nil.
func (j *judgement) newest(verb string, n int, chosen func(*Call) bool) *Call {
	for i := len(j.Calls) - 1; i >= 0; i-- {
		if c := &j.Calls[i]; c.Verb == verb && c.Began && c.From <= n && chosen(c) {
			return c
		}
	}
	return nil
}

func (j *judgement) connectsAsTold() {
	for i, p := range j.packets {
		q, ok := p.(*wire.Connect)
		if !ok || j.Records[i].Kind != capture.Sent {
			continue
		}
		c := j.newest("connect", i, func(c *Call) bool { return c.Connect != nil })
		if c == nil {
			continue
		}
		if what := j.unlike(q, c.Connect); what != "" {
			j.report(i, "the CONNECT on connection %d has another %s than the connect was told", j.Records[i].Conn, what)
		}
	}
}

// unlike returns what a CONNECT has otherwise than it was asked for; "" is nothing.
func (j *judgement) unlike(q *wire.Connect, a *Asked) string {
	same := func(x, y *string) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) }
	var password *string
	if q.Password != nil {
		text := string(q.Password)
		password = &text
	}
	var will *Will
	if w := q.Will; w != nil {
		will = &Will{Topic: w.Topic, Payload: string(w.Payload), QoS: w.QoS, Retain: w.Retain}
	}
	switch {
	case !j.OwnID && q.ClientID != a.ClientID:
		return "client identifier"
	case !j.OwnKeepAlive && q.KeepAlive != uint16(a.KeepAlive/time.Second):
		return "keep alive"
	case a.Clean && !q.CleanSession:
		return "clean session"
	case !same(q.Username, a.Username):
		return "user name"
	case !same(password, a.Password):
		return "password"
	case (will == nil) != (a.Will == nil) || will != nil && *will != *a.Will:
		return "will"
	}
	return ""
}

func (j *judgement) publishesAsTold() {
	told := map[key]*Call{}
	for i := range j.Calls {
		if c := &j.Calls[i]; c.Verb == "publish" {
			if told[c.key()] != nil {
				return // messages that are alike cannot be told apart
			}
			told[c.key()] = c
		}
	}
	for i, p := range j.packets {
		q, ok := p.(*wire.Publish)
		if !ok || j.Records[i].Kind != capture.Sent {
			continue
		}
		c := told[key{q.Topic, string(q.Payload)}]
		switch {
		case c == nil:
		case q.QoS != c.QoS:
			j.report(i, "the client sends %v at QoS %d", c.Message, q.QoS)
		case q.Retain != c.Retain:
			j.report(i, "the client sends %v with RETAIN %t, and was told %t", c.Message, q.Retain, c.Retain)
		}
	}
}

func (j *judgement) subscribesAsTold() {
	for i, p := range j.packets {
		q, ok := p.(*wire.Subscribe)
		if !ok || j.Records[i].Kind != capture.Sent {
			continue
		}
		for _, f := range q.Filters {
			told := false // by any call, since a filter may be subscribed to twice
			for n := range j.Calls {
				c := &j.Calls[n]
				at := slices.Index(c.Filters, f.Filter)
				told = told || c.Verb == "subscribe" && c.Began && c.From <= i && at >= 0 && (at >= len(c.QoSs) || int(c.QoSs[at]) == int(f.QoS))
			}
			c := j.newest("subscribe", i, func(c *Call) bool { return slices.Contains(c.Filters, f.Filter) })
			u := j.newest("unsubscribe", i, func(c *Call) bool { return slices.Contains(c.Filters, f.Filter) })
			switch {
			case !told:
				j.report(i, "the client subscribes to %q at QoS %d, as it was not told", f.Filter, f.QoS)
			case u != nil && c != nil && u.Told && u.Err == "" && u.At <= i && c.From < u.From:
				j.report(i, "the client subscribes to %q, from which it has unsubscribed", f.Filter)
			}
		}
	}
}

func (j *judgement) answersTold() {
	for i := range j.Calls {
		c := &j.Calls[i]
		if !c.Told || c.Untold || c.Err != "" {
			continue
		}
		switch c.Verb {
		case "connect":
			ack, ok := j.last(c, wire.CONNACK).(*wire.Connack)
			if ok && c.Present != nil && ack.SessionPresent != *c.Present && (*c.Present || !j.doubtful(c.At)) {
				j.report(c.At-1, "connect tells session present %t, and its CONNACK has %t", *c.Present, !*c.Present)
			}
		case "subscribe":
			ack, ok := j.last(c, wire.SUBACK).(*wire.Suback)
			if !ok || len(c.Granted) == 0 {
				continue
			}
			var codes []int
			for _, code := range ack.Codes {
				codes = append(codes, int(code))
			}
			if !slices.Equal(codes, c.Granted) {
				j.report(c.At-1, "subscribe tells the return codes %v, and its SUBACK has %v", c.Granted, codes)
			}
		}
	}
}

// doubtful reports whether a connection among the first n records was not accepted: it may have made the session that
// a later one finds, so that a client may call that a new one.
func (j *judgement) doubtful(n int) bool {
	accepted, newest := map[int]bool{}, 0
	for i, r := range j.Records[:min(n, len(j.Records))] {
		newest = max(newest, r.Conn)
		if a, ok := j.packets[i].(*wire.Connack); ok && a.Code == 0 && r.Kind == capture.Handed {
			accepted[r.Conn] = true
		}
	}
	return len(accepted) < newest
}

// last returns the only packet of a type that was handed to the client within a call. It returns nil where there was
// none, or several.
func (j *judgement) last(c *Call, typ wire.Type) (found wire.Packet) {
	for i := c.From; i < min(c.At, len(j.packets)); i++ {
		if p := j.packets[i]; p != nil && p.Type() == typ && j.Records[i].Kind == capture.Handed {
			if found != nil {
				return nil
			}
			found = p
		}
	}
	return found
}

func (j *judgement) failuresFounded() {
	if j.Bent {
		return
	}
	for i := range j.Calls {
		c := &j.Calls[i]
		if c.Verb != "connect" || !c.Told || c.Untold || c.Err == "" || c.Err == "unsupported" {
			continue
		}
		newest, open, since := 0, false, -1
		for n := c.From; n < min(c.At, len(j.packets)); n++ {
			r := j.Records[n]
			a, ok := j.packets[n].(*wire.Connack)
			switch {
			case r.Kind == capture.Event:
			case r.Conn > newest:
				newest, open = r.Conn, false
			case r.Conn == newest && len(r.Data) == 0:
				open = false
			case r.Conn == newest && r.Kind == capture.Handed && ok:
				open, since = a.Code == 0, n
			case r.Conn == newest && r.Kind == capture.Handed && open && j.packets[n] == nil:
				open = false // what is no packet ends it
			}
		}
		if open {
			j.report(c.At-1, "connect fails (%s), and its connection was accepted (record %d) and has not ended", c.Err, since)
		}
	}
}
