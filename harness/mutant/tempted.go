package mutant

import (
	"context"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// tempted lists mutants that do as they are told where a client should refuse.
func tempted() []Mutant {
	return []Mutant{
		{
			Name: "password-alone", Doc: "sends a password that it is given without a user name",
			Violates: []string{"MQTT-3.1.2-22"}, Subjects: connected,
			Wrap:    func(s subject.Subject, _ subject.Env) subject.Subject { return passwordAlone{s} },
			Rewrite: edit(wire.ToServer, nameless),
		},
		{
			Name: "connect-while-connected", Doc: "sends CONNECT on its connection when it is told to connect once more",
			Violates: []string{"MQTT-3.1.0-2"}, Subjects: manual,
			Wrap:    func(s subject.Subject, _ subject.Env) subject.Subject { return &connectsAgain{Subject: s} },
			Rewrite: connectHere,
		},
	}
}

// passwordAlone gives a lone password a user name, which nameless takes away.
type passwordAlone struct{ subject.Subject }

func (s passwordAlone) Connect(ctx context.Context, o subject.Options) (bool, error) {
	if o.Username == nil && o.Password != nil {
		name := smuggled
		o.Username = &name
	}
	return s.Subject.Connect(ctx, o)
}

func nameless(c *wire.Connect) {
	if c.Username != nil && *c.Username == smuggled {
		c.Username = nil
	}
}

// connectsAgain publishes in place of a connect while it is connected, as far as it was told. connectHere makes a
// CONNECT of that.
type connectsAgain struct {
	subject.Subject
	up bool
}

func (s *connectsAgain) Connect(ctx context.Context, o subject.Options) (bool, error) {
	if s.up {
		var failed error
		s.Publish(ctx, subject.Message{Topic: smuggled}, func(err error) { failed = err })
		return false, failed
	}
	present, err := s.Subject.Connect(ctx, o)
	s.up = err == nil
	return present, err
}

func (s *connectsAgain) Disconnect(ctx context.Context) error {
	s.up = false
	return s.Subject.Disconnect(ctx)
}

func (s *connectsAgain) Abort() error {
	s.up = false
	return s.Subject.Abort()
}

// connectHere sends the CONNECT of a connection again.
func connectHere() Rewrite {
	first := map[int][]byte{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if _, ok := decode[*wire.Connect](p, wire.ToServer); ok {
			first[p.Conn] = p.Data
		}
		if m, ok := decode[*wire.Publish](p, wire.ToServer); ok && m.Topic == smuggled {
			p.Data = first[p.Conn]
		}
		return []fault.Packet{p}
	}}
}
