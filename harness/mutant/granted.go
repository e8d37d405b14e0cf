package mutant

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// granting lists mutants that take the QoS that a SUBACK grants for another thing than it is.
func granting() []Mutant {
	return []Mutant{
		{
			Name: "asks-for-what-was-granted", Doc: "subscribes again at the QoS that was granted, and not at the one that was asked for",
			Violates: []string{"umqtt-resubscribe-1"}, Subjects: reconnecting,
			Rewrite: asksForGranted,
		},
		{
			Name: "subscribes-until-granted-as-asked", Doc: "subscribes in a kept session what was granted there with another QoS than it was asked for",
			Violates: []string{"umqtt-resubscribe-2"}, Subjects: reconnecting,
			Rewrite: subscribesUntilGranted,
		},
	}
}

// grants follows what a client has asked for, and what was granted.
type grants struct {
	asked map[uint16][]wire.Subscription // by the packet id of SUBSCRIBE
	first map[string]int                 // the QoS that was asked for first
	codes map[string]int                 // the newest code of each filter
}

func newGrants() *grants {
	return &grants{map[uint16][]wire.Subscription{}, map[string]int{}, map[string]int{}}
}

func (g *grants) saw(p fault.Packet) {
	if s, ok := decode[*wire.Subscribe](p, wire.ToServer); ok {
		g.asked[s.PacketID] = s.Filters
		for _, f := range s.Filters {
			if _, known := g.first[f.Filter]; !known {
				g.first[f.Filter] = f.QoS
			}
		}
	}
	if a, ok := decode[*wire.Suback](p, wire.ToClient); ok {
		for i, f := range g.asked[a.PacketID] {
			if i < len(a.Codes) {
				g.codes[f.Filter] = int(a.Codes[i])
			}
		}
	}
}

// asksForGranted gives the filters of each SUBSCRIBE of a later connection the QoS of their newest codes.
func asksForGranted() Rewrite {
	g := newGrants()
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		g.saw(p)
		if s, ok := decode[*wire.Subscribe](p, wire.ToServer); ok && p.Conn > 1 {
			for i, f := range s.Filters {
				if code, known := g.codes[f.Filter]; known && code <= 2 {
					s.Filters[i].QoS = code
				}
			}
			p.Data = s.Append(nil)
		}
		return []fault.Packet{p}
	}}
}

// subscribesUntilGranted sends a SUBSCRIBE of its own behind each CONNACK with session present 1, for the filters that were granted
// otherwise than asked for, and takes its SUBACK away.
func subscribesUntilGranted() Rewrite {
	const own = 0xfff1 // the packet id of its SUBSCRIBE
	g := newGrants()
	var order []string // the filters in the order of their first SUBSCRIBE
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if s, ok := decode[*wire.Subscribe](p, wire.ToServer); ok {
			for _, f := range s.Filters {
				if _, known := g.first[f.Filter]; !known {
					order = append(order, f.Filter)
				}
			}
		}
		g.saw(p)
		if a, ok := decode[*wire.Suback](p, wire.ToClient); ok && a.PacketID == own {
			return nil
		}
		a, ok := decode[*wire.Connack](p, wire.ToClient)
		if !ok || !a.SessionPresent {
			return []fault.Packet{p}
		}
		s := wire.Subscribe{PacketID: own}
		for _, f := range order {
			if code, known := g.codes[f]; known && code <= 2 && code != g.first[f] {
				s.Filters = append(s.Filters, wire.Subscription{Filter: f, QoS: g.first[f]})
			}
		}
		if len(s.Filters) == 0 {
			return []fault.Packet{p}
		}
		return []fault.Packet{p, {Conn: p.Conn, Dir: wire.ToServer, Data: s.Append(nil)}}
	}}
}
