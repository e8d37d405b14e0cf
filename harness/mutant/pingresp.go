package mutant

import (
	"context"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// pingresps lists mutants that take a PINGRESP, or that none was read, for another sign than it is.
func pingresps() []Mutant {
	return []Mutant{
		{
			Name: "busy-callbacks-are-silence", Doc: "takes the server for dead when publishes of its callbacks have taken twice the keep alive",
			Violates: []string{"3.1.2.10-should-1"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return &hurried{Subject: s} },
		},
		{
			Name: "pingresp-behind-a-message-counts-twice", Doc: "takes a PINGRESP that comes behind a message for the answer to the next PINGREQ, too",
			Violates: []string{"3.1.2.10-should-1"}, Subjects: qos1,
			Rewrite: pingrespCountsTwice,
		},
	}
}

// hurried aborts its connection when publishes of its callbacks have taken longer than twice the keep alive in one call.
type hurried struct {
	subject.Subject
	keepAlive, busy time.Duration
	idle            bool
}

func (s *hurried) Connect(ctx context.Context, o subject.Options) (bool, error) {
	s.keepAlive = o.KeepAlive
	return s.Subject.Connect(ctx, o)
}

// Idle implements [subject.Idler].
func (s *hurried) Idle(ctx context.Context) error {
	s.idle, s.busy = true, 0
	defer func() { s.idle = false }()
	return s.Subject.(subject.Idler).Idle(ctx)
}

func (s *hurried) Publish(ctx context.Context, m subject.Message, done func(error)) {
	began := time.Now()
	s.Subject.Publish(ctx, m, done)
	if !s.idle || m.QoS > 0 {
		return
	}
	if s.busy += time.Since(began); s.keepAlive > 0 && s.busy > 2*s.keepAlive {
		_ = s.Subject.Abort() // the next call reports that there is no connection
	}
}

// pingrespCountsTwice answers itself each PINGREQ in front of which the newest two packets that came were a PUBLISH and a
// PINGRESP.
func pingrespCountsTwice() Rewrite {
	type newest struct {
		message, spare bool // the newest packet is a PUBLISH; the newest PINGRESP came behind one and has not counted twice
	}
	on := map[int]newest{} // by connection
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		n := on[p.Conn]
		packets := []fault.Packet{p}
		switch t := wire.TypeOf(p.Data); {
		case p.Raw:
		case p.Dir == wire.ToClient:
			n = newest{message: t == wire.PUBLISH, spare: t == wire.PINGRESP && n.message}
		case t == wire.PINGREQ && n.spare:
			n.spare = false
			packets = append(packets, pingresp())
		}
		on[p.Conn] = n
		return packets
	}}
}
