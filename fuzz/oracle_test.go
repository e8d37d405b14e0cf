package fuzz

import (
	"fmt"
	"slices"

	"umqtt/harness/wire"

	"github.com/google/go-cmp/cmp"
)

// judge compares what the client did with the verdict on each link.
func (d *duel) judge() {
	skipped := 0
	verdicts := make([]verdict, len(d.links))
	for i, l := range d.links {
		verdicts[i] = d.judged(l)
		for _, why := range slices.Concat(d.judgeEnd(l, verdicts[i]), judgeMessages(l, verdicts[i]), judgeAcks(l, verdicts[i]), judgeWrites(l, d.RetryAfter == 0)) {
			d.fault("connection %d: %s", i+1, why)
		}
		for _, p := range verdicts[i].publishes {
			if p.skipped {
				skipped++
			}
		}
	}
	if d.reported > skipped {
		d.fault("%d packets are reported as skipped of %d", d.reported, skipped)
	}
	if l := d.newest(); l != nil && len(d.links) == 1 && l.drained && !l.closed() && d.reported < skipped {
		d.fault("%d packets are reported as skipped of %d", d.reported, skipped)
	}
	for _, c := range d.acked {
		if !d.answered(c, verdicts) {
			d.fault("publishing %q succeeded without a PUBACK for %d", c.payload, d.sent[c.payload].id)
		}
	}
}

// answered tells whether the server had sent a PUBACK for a message.
func (d *duel) answered(c claim, verdicts []verdict) bool {
	s := d.sent[c.payload]
	for _, i := range s.links {
		for _, a := range verdicts[i].answers {
			p, ok := a.Packet.(*wire.Puback)
			if ok && p.PacketID == s.id && (i < c.link || i == c.link && a.end <= c.sent) {
				return true
			}
		}
	}
	return false
}

// judgeEnd judges whether the link was closed for a reason, and for the right one.
func (d *duel) judgeEnd(l *link, v verdict) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if len(l.fatal) > 1 {
		bad("more than one call reports the cause: %v", l.fatal)
	}
	for _, err := range l.fatal {
		if v.stop == nil {
			bad("%v, but there is nothing wrong", err)
		} else if !v.stop.named(err) {
			bad("%v, but the server broke the rules by this: %s", err, v.stop.why)
		}
	}
	if l.closed() && len(l.fatal)+len(l.causes) == 0 {
		bad("closed without a reason")
	}
	if l.drained && len(l.fatal) == 0 && v.stop != nil && v.stop.must {
		bad("read to its end without closing for this: %s", v.stop.why)
	}
	return faults
}

// judgeMessages judges what the callback got.
func judgeMessages(l *link, v verdict) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	var want []publish
	for _, p := range v.publishes {
		if !p.skipped {
			want = append(want, p)
		}
	}
	for i, got := range l.got {
		if i >= len(want) {
			bad("message %d was never sent: %+v", i+1, got.Publish)
			return faults
		}
		if diff := cmp.Diff(*want[i].Publish, got.Publish); diff != "" {
			bad("message %d (-sent +received)\n%s", i+1, diff)
			return faults
		}
		if got.sent < want[i].end {
			bad("message %d was delivered after %d bytes and whole after %d", i+1, got.sent, want[i].end)
		}
	}
	if (l.drained || len(l.fatal) > 0) && len(l.got) < len(want) {
		bad("%d messages of %d arrived", len(l.got), len(want))
	}
	return faults
}

// judgeAcks judges the PUBACKs of the client.
func judgeAcks(l *link, v verdict) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	var acks []written
	for _, w := range l.wrote {
		if w.Type() == wire.PUBACK {
			acks = append(acks, w)
		}
	}
	delivered, acked := 0, 0
	for _, p := range v.publishes {
		if p.QoS == 1 && acked < len(acks) {
			a := acks[acked]
			acked++
			if id := a.Packet.(*wire.Puback).PacketID; id != p.PacketID {
				bad("PUBACK %d is for %d, want %d", acked, id, p.PacketID)
				return faults
			}
			if !p.skipped && (delivered >= len(l.got) || l.got[delivered].ended == 0 || l.got[delivered].ended > a.tick) {
				bad("PUBACK %d before the callback has returned", acked)
			}
		} else if p.QoS == 1 && l.drained && !l.closed() {
			bad("no PUBACK for %d", p.PacketID)
		}
		if !p.skipped {
			delivered++
		}
	}
	if acked < len(acks) {
		bad("PUBACK for %d, which is for nothing", acks[acked].Packet.(*wire.Puback).PacketID)
	}
	return faults
}

// judgeWrites judges the order of what the client wrote. Without timed retries, messages are sent again in
// the order of their publishing; their identifiers grow.
func judgeWrites(l *link, inOrder bool) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	var last uint16
	for i, w := range l.wrote {
		if (w.Type() == wire.CONNECT) != (i == 0) {
			bad("%v is packet %d of the client", w.Type(), i+1)
		}
		if w.Type() == wire.DISCONNECT && i+1 < len(l.wrote) {
			bad("%v after DISCONNECT", l.wrote[i+1].Type())
		}
		if p, ok := w.Packet.(*wire.Publish); ok && p.Dup && inOrder {
			if p.PacketID <= last {
				bad("%d is sent again after %d", p.PacketID, last)
			}
			last = p.PacketID
		}
	}
	return faults
}
