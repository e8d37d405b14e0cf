package mutant

import (
	"fmt"

	"umqtt/harness/subject"
	"umqtt/harness/transport"
)

// Apply returns a factory of subjects with the fault m. Its name is that of base, "+" and that of m. Apply does not
// fail: the factory's New returns the error of [Mutant.Check], and an error if m changes packets and the subject
// dials by itself.
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
			env = env.Layered(m.Below)
			env.Dial = dialer(newTamper(m, env), env.Dial)
			env.Addr = "" // nothing leads past the tampering
		} else if m.Below != (transport.Habits{}) {
			env = env.Layered(m.Below)
		}
		if m.Message != nil {
			tell, change := env.OnMessage, m.Message()
			env.OnMessage = func(msg subject.Message) { tell(change(msg)) }
		}
		s, err := base.New(env)
		if err != nil || m.Wrap == nil {
			return s, err
		}
		return withRest(m.Wrap(s, env), s), nil
	}
	return f
}

// tampers reports whether m changes what goes over the wire.
func (m Mutant) tampers() bool { return len(m.Rules) > 0 || m.Rewrite != nil || m.Clocked != nil }

// withRest makes wrapped an Idler and a Gatherer if the subject inside is one.
func withRest(wrapped, inner subject.Subject) subject.Subject {
	idler, idles, lacksIdle := either[subject.Idler](wrapped, inner)
	gatherer, gathers, lacksHold := either[subject.Gatherer](wrapped, inner)
	switch {
	case !lacksIdle && !lacksHold:
		return wrapped
	case idles && gathers:
		return struct {
			subject.Subject
			subject.Idler
			subject.Gatherer
		}{wrapped, idler, gatherer}
	case idles:
		return struct {
			subject.Subject
			subject.Idler
		}{wrapped, idler}
	default:
		return struct {
			subject.Subject
			subject.Gatherer
		}{wrapped, gatherer}
	}
}

// either returns wrapped where it is a T, or else inner, if that is one; then wrapped lacks it.
func either[T any](wrapped, inner subject.Subject) (t T, ok, lacks bool) {
	if t, ok := wrapped.(T); ok {
		return t, true, false
	}
	t, ok = inner.(T)
	return t, ok, ok
}
