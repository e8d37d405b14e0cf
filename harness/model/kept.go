package model

import (
	"slices"
	"strings"
	"unicode/utf8"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// keptRules are about what a client owes by the end, and what it promises besides.
var keptRules = []Rule{
	{Name: "acknowledges", IDs: []string{"MQTT-4.3.2-2"}, check: (*judgement).acknowledges,
		Doc: "A message at QoS 1 or 2 that the callback got, and a PUBREL, is answered on its connection, if that goes on to a DISCONNECT in good order."},
	{Name: "connection-kept", IDs: []string{"umqtt-stray-1"}, check: (*judgement).connectionKept,
		Doc: "A client that promises so closes no connection without a fault, nor for a packet that answers nothing."},
	{Name: "window-kept", IDs: []string{"umqtt-inflight-1"}, Weak: true, check: (*judgement).windowKept,
		Doc: "No more messages at QoS 1 are in flight on a connection than the limit that the client was given."},
	{Name: "memory-bounded", IDs: []string{"api-resources-1"}, Weak: true, check: (*judgement).memoryBounded,
		Doc: "What the client holds at the end is bounded by its limits and the largest packet, however many packets there were."},
	{Name: "size-kept", IDs: []string{"umqtt-oversize-1"}, Weak: true, check: (*judgement).sizeKept,
		Doc: "The callback gets no message whose packet is larger than the limit that the client was given."},
	{Name: "refused-unsent", IDs: []string{"umqtt-inflight-1", "umqtt-depth-1"}, Weak: true, check: (*judgement).refusedUnsent,
		Doc: "A publish that a limit of the client's refuses is not sent, and none at QoS 0 is refused for its depth."},
	{Name: "stays-away", IDs: []string{"api-outcome-1"}, Weak: true, check: (*judgement).staysAway,
		Doc: "A client that was told to disconnect connects no more until it is told to."},
	{Name: "error-named", IDs: []string{"api-outcome-2"}, Weak: true, check: (*judgement).errorsNamed,
		Doc: "A call in front of the first connect has an error that says what went wrong, and no connect complains about options that are right."},
	{Name: "message-stands", IDs: []string{"api-message-1"}, Weak: true, check: (*judgement).messagesStand,
		Doc: "The message of a callback stays what it is until the callback returns."},
	{Name: "trusts-whom-it-may", IDs: []string{"tls-verify-1", "MQTT-6.0.0-4"}, Weak: true, check: (*judgement).trust,
		Doc: "Nothing is sent to a server whose certificate is not good, or that selects another subprotocol."},
	{Name: "gathered", IDs: []string{"umqtt-hold-1"}, check: (*judgement).gathered,
		Doc: "What is published while the client gathers is written when it is told to, or in front of another packet, not earlier."},
	{Name: "backs-off", IDs: []string{"umqtt-backoff-1"}, check: (*judgement).backsOff,
		Doc: "A client that promises so waits before it connects again where an attempt has failed, longer each time up to a bound."},
}

// owed is what a packet is answered by; 0 is nothing.
func owed(p wire.Packet) (id uint16, by wire.Type) {
	switch p := p.(type) {
	case *wire.Publish:
		switch p.QoS {
		case 1:
			return p.PacketID, wire.PUBACK
		case 2:
			return p.PacketID, wire.PUBREC
		}
	case *wire.Pubrel:
		return p.PacketID, wire.PUBCOMP
	}
	return 0, 0
}

// answer returns what a packet of the client answers.
func answer(p wire.Packet) (id uint16, is wire.Type) {
	switch p := p.(type) {
	case *wire.Puback:
		return p.PacketID, wire.PUBACK
	case *wire.Pubrec:
		return p.PacketID, wire.PUBREC
	case *wire.Pubcomp:
		return p.PacketID, wire.PUBCOMP
	}
	return 0, 0
}

func (j *judgement) acknowledges() {
	if !j.Drained || j.Busy {
		return
	}
	type debt struct {
		conn int
		id   uint16
		by   wire.Type
	}
	open := map[debt]int{}
	for i, p := range j.packets {
		r := j.Records[i]
		if p == nil {
			continue
		}
		if r.Kind == capture.Handed {
			id, by := owed(p)
			if by != 0 {
				open[debt{r.Conn, id, by}] = i
			}
			continue
		}
		if id, is := answer(p); is != 0 {
			delete(open, debt{r.Conn, id, is})
		}
		if p.Type() != wire.DISCONNECT {
			continue
		}
		for d, at := range open {
			if d.conn == r.Conn && r.Time > j.Records[at].Time+j.reads() && j.gotBetween(at, i) {
				j.report(i, "the client sends no %s for record %d, and then DISCONNECT", d.by, at)
			}
		}
	}
}

// gotBetween reports whether the callback got the message of record at before record to. Of a packet that is no message
// it reports true.
func (j *judgement) gotBetween(at, to int) bool {
	p, ok := j.packets[at].(*wire.Publish)
	return !ok || slices.ContainsFunc(j.Messages, func(m Message) bool {
		return m.Topic == p.Topic && m.Payload == string(p.Payload) && m.At > at && m.At <= to
	})
}

// quiet reports whether nothing was done to the link and the server, but that packets were added that answer nothing.
func (j *judgement) quiet() bool {
	return !j.Bent && !j.Busy && !j.Slow && !slices.ContainsFunc(j.Records, func(r capture.Record) bool {
		return r.Kind == capture.Event && strings.HasPrefix(r.Text, "fault ") && !strings.HasPrefix(r.Text, "fault inject") && r.Text != "fault heal"
	})
}

func (j *judgement) connectionKept() {
	if !j.Ordered || !j.quiet() {
		return
	}
	accepted, over := map[int]int{}, map[int]bool{}
	for i, r := range j.Records {
		a, isAck := j.packets[i].(*wire.Connack)
		switch {
		case r.Kind == capture.Handed && len(r.Data) > 0 && (j.packets[i] == nil || j.MaxPacket > 0 && j.Skips == 0 && len(r.Data) > j.MaxPacket):
			over[r.Conn] = true
		case r.Kind == capture.Handed && isAck && a.Code == 0:
			accepted[r.Conn] = i
		case r.Kind == capture.Handed && len(r.Data) == 0, j.packets[i] != nil && j.packets[i].Type() == wire.DISCONNECT:
			over[r.Conn] = true
		case r.Kind == capture.Sent && len(r.Data) == 0:
			from, ok := accepted[r.Conn]
			if over[r.Conn] || !ok || j.left(from, i) {
				continue
			}
			j.report(i, "the client closes connection %d, for which there is no reason", r.Conn)
		}
	}
}

// left reports whether a call that may end a connection came between two records, or one of which nothing is known.
func (j *judgement) left(from, to int) bool {
	return slices.ContainsFunc(j.Calls, func(c Call) bool {
		ends := c.Verb == "connect" && c.From > from || c.Verb == "disconnect" || c.Verb == "abort" || c.Told && c.Err != "" && c.Err != "invalid"
		return ends && c.Began && c.From <= to && (!c.Told || c.At >= from || c.From >= from)
	})
}

func (j *judgement) staysAway() {
	for i, p := range j.packets {
		if _, ok := p.(*wire.Connect); !ok || j.Records[i].Kind != capture.Sent {
			continue
		}
		var last *Call
		for n := range j.Calls {
			if c := &j.Calls[n]; c.Began && c.From <= i && (c.Verb == "connect" || c.Verb == "disconnect") {
				last = c
			}
		}
		if last != nil && last.Verb == "disconnect" && last.Told && last.At < i && j.Records[i].Time > last.Until+j.moment() {
			j.report(i, "the client connects, although it was told to disconnect")
		}
	}
}

func (j *judgement) errorsNamed() {
	for i := range j.Calls {
		c := &j.Calls[i]
		switch {
		case !c.Told || c.Untold:
		case j.Ordered && c.Err == "other" && c.At == 0:
			j.report(-1, "the error of %s, in front of the first connect, does not say what went wrong", c)
		case c.Verb == "connect" && c.Err == "invalid" && c.Connect != nil && c.Connect.valid():
			j.report(c.At-1, "connect complains about its options, which are right")
		}
	}
}

// valid reports whether a CONNECT can have what is asked for.
func (a *Asked) valid() bool {
	text := func(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") && len(s) < 1<<16 }
	return text(a.ClientID) && (a.ClientID != "" || a.Clean) && (a.Username == nil || text(*a.Username)) &&
		(a.Password == nil || a.Username != nil && len(*a.Password) < 1<<16) &&
		(a.Will == nil || text(a.Will.Topic) && a.Will.Topic != "" && !strings.ContainsAny(a.Will.Topic, "#+") && a.Will.QoS < 3 && len(a.Will.Payload) < 1<<16)
}

func (j *judgement) messagesStand() {
	for _, what := range j.Changed {
		j.report(-1, "%s", what)
	}
}

func (j *judgement) trust() {
	for i, p := range j.packets {
		r := j.Records[i]
		if p == nil || r.Kind != capture.Sent {
			continue
		}
		for _, d := range j.Distrusted {
			if r.Conn > d.From && (d.To == 0 || r.Conn <= d.To) && (!d.Connects || p.Type() != wire.CONNECT) {
				j.report(i, "the client sends %s on connection %d, whose server %s", p.Type(), r.Conn, d.Why)
			}
		}
	}
}

// A Distrust is about connections to a server that a client must not trust: those behind the first From, up to number
// To, or to the end where that is 0.
type Distrust struct {
	From, To int
	Why      string // what the server does
	Connects bool   // a CONNECT is fine: what is wrong shows later
}
