package mutant

import (
	"context"
	"slices"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// comingBack lists mutants that get wrong how they come back after a lost connection.
func comingBack() []Mutant {
	return slices.Concat(backingOff(), refusing(), connectingAgain(), subscribingAgain(), resending())
}

// connectingAgain lists mutants that get the next connection wrong, or have one when they should not.
func connectingAgain() []Mutant {
	return []Mutant{
		{
			Name: "gives-up-reconnecting", Doc: "gives up after two attempts although it was told to try for ever",
			Violates: []string{"umqtt-reconnect-1"}, Subjects: reconnecting,
			Wrap: habits(func() subject.Habits { return subject.Habits{Attempts: 2} }),
		},
		{
			Name: "lost-connection-kept", Doc: "opens a new connection without closing the one that the server has ended",
			Violates: []string{"umqtt-reconnect-3", "api-resources-1"}, Subjects: qos1,
			Rewrite: keepLost,
		},
		{
			Name: "reconnects-after-disconnect", Doc: "takes its own DISCONNECT for a lost connection, and connects again",
			Violates: []string{"api-outcome-1"}, Subjects: reconnecting,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return &returner{Subject: s} },
		},
		{
			Name: "clean-at-a-reconnect", Doc: "asks for a clean session when it connects again, although it was told to keep its session",
			Violates: []string{"MQTT-3.1.2-4"}, Subjects: qos1,
			Rewrite: later(func(c *wire.Connect) { c.CleanSession = true }),
		},
		{
			Name: "will-only-once", Doc: "leaves its will with the first connection only",
			Violates: []string{"umqtt-reconnect-1"}, Subjects: reconnecting,
			Rewrite: later(func(c *wire.Connect) { c.Will = nil }),
		},
		{
			Name: "keep-alive-only-once", Doc: "serves the keep alive of its first connection only",
			Violates: []string{"MQTT-3.1.2-23"}, Subjects: qos1,
			Rewrite: each(func(p fault.Packet) []fault.Packet {
				if p.Conn > 1 && p.Dir == wire.ToServer && wire.TypeOf(p.Data) == wire.PINGREQ {
					return nil
				}
				return []fault.Packet{p}
			}),
		},
	}
}

// habits is a Wrap that gives the subject robust these habits, made anew for each.
func habits(made func() subject.Habits) func(subject.Subject, subject.Env) subject.Subject {
	return func(s subject.Subject, _ subject.Env) subject.Subject {
		subject.SetHabits(s, made())
		return s
	}
}

// later changes every CONNECT but the first.
func later(change func(*wire.Connect)) func() Rewrite {
	return each(func(p fault.Packet) []fault.Packet {
		if c, ok := decode[*wire.Connect](p, wire.ToServer); ok && p.Conn > 1 {
			change(c)
			p.Data = c.Append(nil)
		}
		return []fault.Packet{p}
	})
}

// keepLost leaves connections open that the peer has ended.
func keepLost() Rewrite {
	ended := map[int]bool{}
	return Rewrite{
		Rest: func(conn int, rest []byte) []byte {
			ended[conn] = true
			return rest
		},
		Keep: func(conn int) bool { return ended[conn] },
	}
}

// returner connects again once it has disconnected.
type returner struct {
	subject.Subject
	options subject.Options
}

func (r *returner) Connect(ctx context.Context, o subject.Options) (bool, error) {
	r.options = o
	return r.Subject.Connect(ctx, o)
}

func (r *returner) Disconnect(ctx context.Context) error {
	err := r.Subject.Disconnect(ctx)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, _ = r.Subject.Connect(ctx, r.options) // whatever comes of it, it was called too much
	}
	return err
}
