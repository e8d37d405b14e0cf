package model

import (
	"slices"
	"strings"
	"time"

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
			if d.conn == r.Conn && r.Time > j.Records[at].Time+moment {
				j.report(i, "the client sends no %s for record %d, and then DISCONNECT", d.by, at)
			}
		}
	}
}

// quiet reports whether nothing was done to the link and the server, but that packets were added that answer nothing.
func (j *judgement) quiet() bool {
	return !j.Bent && !j.Busy && !slices.ContainsFunc(j.Records, func(r capture.Record) bool {
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
	open, conn := map[uint16]bool{}, 0
	for i, p := range j.packets {
		r := j.Records[i]
		if r.Conn > conn {
			conn = r.Conn
			clear(open)
		}
		switch p := p.(type) {
		case *wire.Publish:
			if r.Kind == capture.Sent && p.QoS == 1 && !p.Dup {
				if open[p.PacketID] = true; len(open) > j.MaxInflight {
					j.report(i, "%d messages are in flight; the limit is %d", len(open), j.MaxInflight)
				}
			}
		case *wire.Puback:
			delete(open, p.PacketID)
		}
	}
}

func (j *judgement) sizeKept() {
	if j.MaxPacket == 0 {
		return
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

func (j *judgement) gathered() {
	if !j.quiet() {
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
				if end = c.From; c.Verb == "abort" || c.Verb == "connect" || c.Err != "" || !c.Told {
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
		case at < 0 || j.Records[at].Time > by+moment:
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
