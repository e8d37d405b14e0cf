package model

import (
	"slices"
	"strings"
	"time"
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
	got := j.delivered()
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
			if m, ok := p.(*wire.Publish); by != 0 && (!ok || got[key{m.Topic, string(m.Payload)}] > 0) {
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
			if d.conn == r.Conn && r.Time > j.Records[at].Time+j.moment() {
				j.report(i, "the client sends no %s for record %d, and then DISCONNECT", d.by, at)
			}
		}
	}
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

func (j *judgement) windowKept() {
	if j.MaxInflight == 0 {
		return
	}
	open := map[int]map[uint16]bool{} // by connection
	for i, p := range j.packets {
		r := j.Records[i]
		if open[r.Conn] == nil {
			open[r.Conn] = map[uint16]bool{}
		}
		switch p := p.(type) {
		case *wire.Publish:
			if r.Kind == capture.Sent && p.QoS == 1 && !p.Dup {
				if open[r.Conn][p.PacketID] = true; len(open[r.Conn]) > j.MaxInflight {
					j.report(i, "%d messages are in flight; the limit is %d", len(open[r.Conn]), j.MaxInflight)
				}
			}
		case *wire.Puback:
			delete(open[r.Conn], p.PacketID)
		}
	}
}

func (j *judgement) sizeKept() {
	if j.MaxPacket == 0 {
		return
	}
	if j.Ordered && j.Skips == 0 {
		j.endsAtLarge()
	}
	for _, m := range j.Messages {
		for _, i := range j.handed[m.key()] {
			if len(j.Records[i].Data) > j.MaxPacket {
				j.report(i, "the callback got %v; its packet has %d bytes, and the limit is %d", m, len(j.Records[i].Data), j.MaxPacket)
				break
			}
		}
	}
}

// endsAtLarge judges a client that closes a connection on which a packet is too large: it answers nothing behind that.
func (j *judgement) endsAtLarge() {
	large, later := map[int]bool{}, map[[2]int]bool{}
	for i, p := range j.packets {
		r := j.Records[i]
		q, ok := p.(*wire.Publish)
		switch {
		case r.Kind == capture.Handed && len(r.Data) > j.MaxPacket:
			large[r.Conn] = true
		case r.Kind == capture.Handed && ok && q.QoS == 1 && large[r.Conn]:
			later[[2]int{r.Conn, int(q.PacketID)}] = true
		}
		if a, ok := p.(*wire.Puback); ok && r.Kind == capture.Sent && later[[2]int{r.Conn, int(a.PacketID)}] {
			j.report(i, "the client goes on behind a packet that is larger than its limit of %d bytes", j.MaxPacket)
		}
	}
}

func (j *judgement) refusedUnsent() {
	for i := range j.Calls {
		c := &j.Calls[i]
		limited := c.Err == "depth" || c.Err == "inflight"
		switch {
		case c.Verb != "publish" || !c.Told || !limited:
		case c.QoS == 0 && c.Err == "depth":
			j.report(c.At-1, "%s is refused for its depth", c)
		case j.alone(c):
			for _, at := range j.sent[c.key()] {
				j.report(at, "%s was refused (%s), and its message is sent", c, c.Err)
			}
		}
	}
}

// alone reports whether no other call publishes the same message.
func (j *judgement) alone(c *Call) bool {
	n := 0
	for i := range j.Calls {
		if d := &j.Calls[i]; d.Verb == "publish" && d.key() == c.key() {
			n++
		}
	}
	return n == 1
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

func (j *judgement) gathered() {
	if !j.quiet() || j.MaxInflight > 0 { // what waits for its turn is not written
		return
	}
	for n := range j.Calls {
		hold := &j.Calls[n]
		if hold.Verb != "hold" || hold.Err != "" || !hold.Told {
			continue
		}
		var held []*Call
		end := -1
		for i := n + 1; i < len(j.Calls) && end < 0; i++ {
			switch c := &j.Calls[i]; {
			case c.Nested, c.Verb == "publish" && c.QoS > 0 && !j.Pipelined:
				return // a call that waits for its acknowledgement gathers nothing
			case c.Verb == "publish":
				if c.Began {
					held = append(held, c)
				}
			default:
				if end = c.From; c.Verb == "abort" || c.Verb == "connect" || c.Verb == "hold" || c.Err != "" || !c.Told {
					return
				}
				j.wrote(held, hold.At, end, c.Until)
			}
		}
	}
}

// wrote judges messages that were held: none was written between two records, but in front of another packet, and all
// by the given time.
func (j *judgement) wrote(held []*Call, from, flushed int, by time.Duration) {
	for _, c := range held {
		at := -1
		for _, i := range j.sent[c.key()] {
			if i >= from {
				at = i
				break
			}
		}
		switch {
		case c.Err != "" && c.Told:
		case at < 0 || j.Records[at].Time > by+j.moment():
			j.report(at, "the client was told to write what it had gathered, and has not written %v", c.Message)
		case at < flushed && !j.otherBehind(at, flushed):
			j.report(at, "the client writes %v, although it was told to gather", c.Message)
		}
	}
}

// otherBehind reports whether the client sent a packet that is no PUBLISH between two records.
func (j *judgement) otherBehind(from, to int) bool {
	for i := from; i < to; i++ {
		if p := j.packets[i]; p != nil && j.Records[i].Kind == capture.Sent && p.Type() != wire.PUBLISH {
			return true
		}
	}
	return false
}

// The bounds of a back-off that starts at a second and doubles up to half a minute, a fifth more or less.
const (
	leastWait = 500 * time.Millisecond
	mostWait  = 40 * time.Second
)

func (j *judgement) backsOff() {
	if !j.Ordered || !j.Reconnects {
		return
	}
	last, failures, wait := -1, 0, time.Duration(0)
	conn, accepted := 0, false
	for i, r := range j.Records {
		if r.Kind == capture.Event && r.Text != "fault refuse" {
			if r.Text == "fault down" {
				last = -1 // nobody sees the attempts that come
			}
			continue
		}
		if a, ok := j.packets[i].(*wire.Connack); ok && r.Conn == conn && a.Code == 0 && r.Kind == capture.Handed {
			accepted, failures, wait = true, 0, 0
		}
		if r.Kind != capture.Event && r.Conn <= conn {
			continue
		}
		if conn > 0 && !accepted && last >= 0 && !j.called(last, i) {
			gap := r.Time - j.Records[last].Time
			if failures++; gap < leastWait {
				j.report(i, "the client connects again %v after an attempt that has failed", gap)
			} else if gap > mostWait {
				j.report(i, "the client waits for %v after an attempt that has failed", gap)
			} else if failures > 3 && gap < 2*time.Second && wait < 2*time.Second {
				j.report(i, "the client waits for %v after %d attempts that have failed", gap, failures)
			}
			wait = gap
		}
		if last = i; r.Kind != capture.Event {
			conn, accepted = r.Conn, false
		}
	}
}

// called reports whether a call connected or disconnected between two records.
func (j *judgement) called(from, to int) bool {
	return slices.ContainsFunc(j.Calls, func(c Call) bool {
		return c.Began && c.From >= from && c.From <= to && (c.Verb == "connect" || c.Verb == "disconnect" || c.Verb == "abort")
	})
}
