package mutant

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// each is a Rewrite of packets only, made anew for each subject.
func each(packet func(fault.Packet) []fault.Packet) func() Rewrite {
	return func() Rewrite { return Rewrite{Packet: packet} }
}

// edit changes the packets of type P in one direction, those that decode.
func edit[P wire.Packet](dir wire.Direction, change func(P)) func() Rewrite {
	return func() Rewrite {
		return Rewrite{Sent: dir == wire.ToServer, Packet: func(p fault.Packet) []fault.Packet {
			if q, ok := decode[P](p, dir); ok {
				change(q)
				p.Data = q.Append(nil)
			}
			return []fault.Packet{p}
		}}
	}
}

// decode returns p as a packet of type P, if it is one and travels in direction dir.
func decode[P wire.Packet](p fault.Packet, dir wire.Direction) (P, bool) {
	var none P
	if p.Raw || p.Dir != dir {
		return none, false
	}
	q, err := wire.Decode(p.Data)
	if err != nil {
		return none, false
	}
	typed, ok := q.(P)
	return typed, ok
}

// connectFlags changes the connect flags of every CONNECT, and nothing else of it: xor says which bits.
func connectFlags(xor func(*wire.Connect) byte) func() Rewrite {
	return func() Rewrite {
		return Rewrite{Sent: true, Packet: func(p fault.Packet) []fault.Packet {
			if c, ok := decode[*wire.Connect](p, wire.ToServer); ok {
				p.Data[flagsAt(p.Data)] ^= xor(c)
			}
			return []fault.Packet{p}
		}}
	}
}

// flagsAt is the offset of the connect flags: behind the fixed header, the protocol's name and its level.
func flagsAt(connect []byte) int { return bodyAt(connect) + len("..MQTT") + 1 }

// bodyAt is the offset of what follows a packet's fixed header, or len(packet) if that is not whole.
func bodyAt(packet []byte) int {
	for i := 1; i < len(packet); i++ {
		if packet[i] < 0x80 {
			return i + 1
		}
	}
	return len(packet)
}

// when is xor if the condition holds, or else 0.
func when(condition bool, xor byte) byte {
	if condition {
		return xor
	}
	return 0
}

// sent matches packets of the subject: of one type, and with these fields if any are given.
func sent(t wire.Type, fields ...map[string]any) fault.Match {
	return match(fault.ToServer, t, fields)
}

// handed matches packets for the subject.
func handed(t wire.Type, fields ...map[string]any) fault.Match {
	return match(fault.ToClient, t, fields)
}

func match(d fault.Dirs, t wire.Type, fields []map[string]any) fault.Match {
	m := fault.Match{Dirs: d, Type: t}
	if len(fields) > 0 {
		m.Fields = fields[0]
	}
	return m
}

// is names fields and the values they have, or get.
type is = map[string]any

// set is the action that gives fields other values.
func set(fields is) fault.Action { return fault.Set{Fields: fields} }

// rules is one rule as a list.
func rules(m fault.Match, a fault.Action) []fault.Rule { return []fault.Rule{{Match: m, Action: a}} }

// The built-in subjects that mutants are made of.
var (
	connected = []string{"simple", "robust", "ref"} // whatever connects and publishes
	qos1      = []string{"simple", "robust"}
	qos2      = []string{"ref"}
	// Who connects again: the caller, who chooses how, or the subject itself.
	manual       = []string{"simple"}
	reconnecting = []string{"robust"}
)
