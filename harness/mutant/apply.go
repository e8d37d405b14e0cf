package mutant

import (
	"context"
	"fmt"
	"net"

	"umqtt/harness/subject"
)

// Apply returns a factory of subjects that misbehave as m says; its name is the base's, "+" and m's. It
// cannot fail: what [Mutant.Check] finds, and wire tampering with a subject that dials by itself, is an
// error of the factory's New.
func (m Mutant) Apply(base subject.Factory) subject.Factory {
	f := base
	f.Name = base.Name + "+" + m.Name
	f.New = func(env subject.Env) (subject.Subject, error) {
		if err := m.Check(); err != nil {
			return nil, err
		}
		if m.tampers() {
			if base.External {
				return nil, fmt.Errorf("mutant %s: %s dials by itself: there is no connection to tamper with", m.Name, base.Name)
			}
			env.Dial = m.dialer(env)
			env.Addr = "" // nothing leads past the tampering
		}
		s, err := base.New(env)
		if err != nil || m.Wrap == nil {
			return s, err
		}
		return withIdle(m.Wrap(s, env), s), nil
	}
	return f
}

// tampers reports whether m changes what goes over the wire.
func (m Mutant) tampers() bool { return len(m.Rules) > 0 || m.Rewrite != nil }

// dialer returns env's Dial with every connection tampered with.
func (m Mutant) dialer(env subject.Env) func(context.Context) (net.Conn, error) {
	t := newTamper(m, env.Seed)
	dial := env.Dial
	return func(ctx context.Context) (net.Conn, error) {
		c, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		return t.open(c), nil
	}
}

// withIdle makes wrapped an Idler if the subject inside is one.
func withIdle(wrapped, inner subject.Subject) subject.Subject {
	if _, ok := wrapped.(subject.Idler); ok {
		return wrapped
	}
	if idler, ok := inner.(subject.Idler); ok {
		return struct {
			subject.Subject
			subject.Idler
		}{wrapped, idler}
	}
	return wrapped
}
