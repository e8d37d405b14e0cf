package mutant

import (
	"context"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// gathering lists mutants that get wrong what they were told to gather.
func gathering() []Mutant {
	return []Mutant{
		{
			Name: "nothing-gathered", Doc: "writes each packet at once although it was told to gather",
			Violates: []string{"umqtt-hold-1"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return eager{s} },
		},
		{
			Name: "gathered-for-ever", Doc: "writes what it has gathered only in front of another packet, not when it is told to",
			Violates: []string{"umqtt-hold-1"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return hoarding{s} },
		},
		{
			Name: "gathered-behind", Doc: "writes what it has gathered behind the packet that it has to write, not before it",
			Violates: []string{"umqtt-hold-1"}, Subjects: qos1,
			Rewrite: together(func(gathered []fault.Packet, p fault.Packet) []fault.Packet {
				return append([]fault.Packet{p}, gathered...)
			}),
		},
		{
			Name: "gathered-lost-at-disconnect", Doc: "disconnects without writing what it has gathered",
			Violates: []string{"umqtt-hold-1"}, Subjects: qos1,
			Rewrite: together(func(gathered []fault.Packet, p fault.Packet) []fault.Packet {
				if wire.TypeOf(p.Data) == wire.DISCONNECT {
					return []fault.Packet{p}
				}
				return append(gathered, p)
			}),
		},
		{
			Name: "gathered-lost-at-pingreq", Doc: "forgets what it has gathered when a PINGREQ falls due",
			Violates: []string{"umqtt-hold-1"}, Subjects: qos1,
			Rewrite: together(func(gathered []fault.Packet, p fault.Packet) []fault.Packet {
				if wire.TypeOf(p.Data) == wire.PINGREQ {
					return []fault.Packet{p}
				}
				return append(gathered, p)
			}),
		},
	}
}

// eager gathers nothing.
type eager struct{ subject.Subject }

// Hold implements [subject.Gatherer].
func (eager) Hold() error { return nil }

// Flush implements [subject.Gatherer].
func (eager) Flush(context.Context) error { return nil }

// hoarding goes on gathering.
type hoarding struct{ subject.Subject }

// Hold implements [subject.Gatherer].
func (s hoarding) Hold() error { return s.Subject.(subject.Gatherer).Hold() }

// Flush implements [subject.Gatherer].
func (hoarding) Flush(context.Context) error { return nil }

// together keeps back each PUBLISH until the subject sends another packet or waits: what it writes at once is
// then known. Before another packet write says what goes out.
func together(write func(gathered []fault.Packet, p fault.Packet) []fault.Packet) func() Rewrite {
	return func() Rewrite {
		kept := map[int][]fault.Packet{} // by connection
		take := func(conn int) []fault.Packet {
			ps := kept[conn]
			delete(kept, conn)
			return ps
		}
		return Rewrite{
			Packet: func(p fault.Packet) []fault.Packet {
				switch {
				case p.Raw || p.Dir == wire.ToClient:
					return []fault.Packet{p}
				case wire.TypeOf(p.Data) == wire.PUBLISH:
					kept[p.Conn] = append(kept[p.Conn], p)
					return nil
				}
				return write(take(p.Conn), p)
			},
			Wait: take,
		}
	}
}
