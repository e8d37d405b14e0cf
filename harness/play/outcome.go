package play

import (
	"fmt"
	"slices"

	"umqtt/harness/capture"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
	"umqtt/scenarios"
)

// answer is the type of the packet that answers a call, or 0 where none does.
func answer(c *call) wire.Type {
	switch c.verb {
	case "connect":
		return wire.CONNACK
	case "subscribe":
		return wire.SUBACK
	case "unsubscribe":
		return wire.UNSUBACK
	case "ping":
		return wire.PINGRESP
	case "publish":
		return [...]wire.Type{0, wire.PUBACK, wire.PUBCOMP}[c.message.QoS]
	}
	return 0
}

// answered reports whether a call was answered by a packet that says yes to it.
func answered(records []capture.Record, c *call) bool {
	if c.verb == "publish" {
		return answer(c) != 0 && unacknowledged(records, c) == ""
	}
	ids := map[any]bool{}
	for _, r := range records[min(c.from, len(records)):] {
		q, err := r.Packet()
		if err != nil || q == nil {
			continue
		}
		id, _ := wire.Get(q, "packet_id")
		switch a := q.(type) {
		case *wire.Subscribe, *wire.Unsubscribe:
			ids[id] = true
		case *wire.Connack:
			if c.verb == "connect" && a.Code == 0 {
				return true
			}
		case *wire.Suback:
			if c.verb == "subscribe" && ids[id] && !slices.Contains(a.Codes, 0x80) {
				return true
			}
		case *wire.Unsuback:
			if c.verb == "unsubscribe" && ids[id] {
				return true
			}
		case *wire.Pingresp:
			if c.verb == "ping" {
				return true
			}
		}
	}
	return false
}

// unended is the failure of a call that has not returned. The call itself is at fault where it has nothing
// left to wait for; otherwise it is for the step to say what ought to come of it.
func (p *player) unended(st *scenarios.Step, c *call, want string) error {
	switch {
	case c == nil || !c.began:
		return p.wanted(st, want, "it was not made", "the call has not begun")
	case answered(p.w.rec.Since(0), c):
		ids := []string{everyCallEnds}
		if outOfTurn(p.w.rec.Since(0), c) {
			ids = append(ids, heldUntilPuback)
		}
		return blame(p.wanted(st, want, "no result", "%s did not return, although %s came", c, answer(c)), ids...)
	case answer(c) == 0:
		return blame(p.wanted(st, want, "no result", "%s did not return, although it has nothing to wait for", c), everyCallEnds)
	case c.verb != "publish" && !p.auto && p.over(): // a publish may wait for the next one
		return blame(p.wanted(st, want, "no result", "%s did not return, although the connection is over", c), everyCallEnds)
	}
	return p.wanted(st, want, "no result"+p.unasked(), "%s did not return in time", c)
}

// unasked tells what the subject has sent that no step has asked for, if anything: what a call does instead
// of failing.
func (p *player) unasked() string {
	if p.skip(0); len(p.sent) == 0 {
		return ""
	}
	return ", and it sent " + p.sent[0].describe()
}

// outOfTurn reports whether the PUBACK of a publish came before that of a message that was sent before it:
// a sender that goes by their order then takes it for the other's.
func outOfTurn(records []capture.Record, c *call) bool {
	if answer(c) != wire.PUBACK {
		return false
	}
	var open []uint16 // identifiers that are not acknowledged, oldest first
	mine := map[uint16]bool{}
	for i, r := range records {
		switch q, _ := r.Packet(); q := q.(type) {
		case *wire.Publish:
			if r.Kind == capture.Sent && q.QoS == 1 && !slices.Contains(open, q.PacketID) {
				open = append(open, q.PacketID)
				mine[q.PacketID] = i >= c.from && q.Topic == c.message.Topic && string(q.Payload) == c.message.Payload
			}
		case *wire.Puback:
			at := slices.Index(open, q.PacketID)
			if r.Kind != capture.Handed || at < 0 {
				continue
			}
			if mine[q.PacketID] {
				return at > 0
			}
			open = slices.Delete(open, at, at+1)
		}
	}
	return false
}

// over reports whether the newest connection has ended.
func (p *player) over() bool {
	n := p.w.link.Conns()
	return n > 0 && (p.w.link.Ended(n) || p.conns[n] != nil && p.conns[n].ended)
}

// failed is the failure of a call that ought to have succeeded. The call itself is at fault where it was
// answered with a yes.
func (p *player) failed(st *scenarios.Step, c *call) error {
	got := fmt.Sprintf("%v (%s)", c.err, subject.KindOf(c.err))
	if answered(p.w.rec.Since(0)[:c.at], c) {
		return blame(p.wanted(st, "success", got, "%s failed, although %s came", c, answer(c)), reportedRight)
	}
	return p.wanted(st, "success", got, "%s failed", c)
}
