package fault

import (
	"slices"

	"umqtt/harness/wire"
)

// Types is a set of packet types. Bit t is type t; bit 0 is type 0 and bytes that are not a packet.
type Types uint16

const allTypes Types = 1<<16 - 1

// Has reports whether s contains t.
func (s Types) Has(t wire.Type) bool { return s>>t&1 != 0 }

// Concerned returns the types of packets, in one direction of a connection, that some rule may apply to.
// Packets of other types pass unchanged, and a driver need not call [Engine.Packet] for them. The result is
// valid until a rule is added, removed or released, and until the next call of [Engine.Packet],
// [Engine.Begun] or [Engine.End] for this direction.
func (e *Engine) Concerned(conn int, dir wire.Direction) Types {
	if e.Watch != nil {
		return allTypes
	}
	f := flow{conn, dir}
	var s Types
	for _, r := range e.rules {
		if s |= r.types(f); s == allTypes {
			break
		}
	}
	return s
}

// types returns the types of packets of a flow that the rule may apply to.
func (r *armed) types(f flow) Types {
	m := &r.Match
	switch {
	case r.waits(f):
		return allTypes
	case m.Conn != 0 && m.Conn != f.conn, !m.Dirs.Has(f.dir), m.Nth != 0 && r.seen >= m.Nth:
		return 0
	case m.Type == 0:
		return allTypes
	}
	return 1 << m.Type
}

// waits reports whether the rule has to do with the next packet of a flow, whatever it is.
func (r *armed) waits(f flow) bool {
	if len(r.kept)+len(r.merged)+len(r.begun) == 0 {
		return false
	}
	_, begun := r.begun[f]
	return begun || r.kept[f] != nil || r.merged[f] != nil
}

// concerns reports whether the rule may apply to one of the items.
func (r *armed) concerns(f flow, items []item) bool {
	s := r.types(f)
	return s == allTypes || s != 0 && slices.ContainsFunc(items, func(it item) bool { return s.Has(it.packetType()) })
}
