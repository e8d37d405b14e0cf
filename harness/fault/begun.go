package fault

import (
	"fmt"

	"umqtt/harness/wire"
)

// Rate returns the lowest rate, in bytes a second, of the [Bandwidth] rules for a direction of a connection; 0 means
// no bound. A driver that reads no faster sets [Packet.Paced].
func (e *Engine) Rate(conn int, dir wire.Direction) int {
	rate := 0
	for _, r := range e.rules {
		b, ok := r.Action.(Bandwidth)
		if m := r.Match; !ok || m.Conn != 0 && m.Conn != conn || !m.Dirs.Has(dir) || m.selects() {
			continue
		}
		if rate == 0 || b.Rate < rate {
			rate = b.Rate
		}
	}
	return rate
}

// selects reports whether the matcher tells one packet of a flow from another.
func (m Match) selects() bool {
	return m.Type != 0 || len(m.Fields) > 0 || m.Nth != 0 || m.Probability != 0
}

// Begun decides about a packet of which only the beginning, p.Data, has been read. A driver that does not
// read ahead calls it each time it has read more of the packet. A matching Stall takes effect. A matching Cut
// returns true once p.Data has as many bytes as pass before the end: out then has these bytes and the ending,
// and the rest of the packet is lost. Begun does not apply rules that match a field, nor a Cut after the
// whole packet: [Engine.Packet] applies these when the packet is complete.
func (e *Engine) Begun(p Packet) (out Out, events []Event, cut bool) {
	if len(p.Data) == 0 {
		return Out{}, nil, false
	}
	f := flow{p.Conn, p.Dir}
	for _, r := range e.rules {
		if len(r.Match.Fields) > 0 {
			continue
		}
		note := fmt.Sprintf(" %s %s, which is not whole yet", arrow(p.Dir), item{data: p.Data}.packetType())
		switch a := r.Action.(type) {
		case Stall:
			if _, asked := r.begun[f]; !asked && r.begins(f, p.Data) {
				e.Stall(p.Conn, a.Dirs)
				events = append(events, Event{p.Conn, "fault stall" + note})
			}
		case Cut:
			if a.At >= 0 && r.begins(f, p.Data) && len(p.Data) >= a.At {
				delete(r.begun, f)
				out = Out{Conn: p.Conn, Dir: p.Dir, Data: p.Data[:a.At], End: a.How}
				return out, append(events, Event{p.Conn, fmt.Sprintf("fault cut %s at byte %d of%s", a.How, a.At, note)}), true
			}
		}
	}
	return Out{}, events, false
}

// begins reports whether the rule applies to a packet that begins with data. It asks once for each packet.
func (r *armed) begins(f flow, data []byte) bool {
	matched, asked := r.begun[f]
	if !asked {
		matched = r.matches(f, item{data: data})
		r.begun[f] = matched
	}
	return matched
}

// whole reports whether the rule has yet to be applied to a packet that is whole now: a Stall has been, when the packet
// began.
func (r *armed) whole(f flow, it item) bool {
	matched, asked := r.begun[f]
	if !asked {
		return r.matches(f, it)
	}
	delete(r.begun, f)
	_, stalls := r.Action.(Stall)
	return matched && !stalls
}
