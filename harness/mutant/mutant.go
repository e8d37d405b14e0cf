// Package mutant holds clients that are known to be bad: a [subject.Factory] wrapped to misbehave, so
// that a suite of scenarios can be shown to notice.
//
// A [Mutant] says which statements or clauses it violates, and how it comes to do so: by rules of the
// fault engine that tamper with what the subject sends and is handed, by a [Rewrite] for what rules
// cannot say, or by wrapping the adapter. Tampering happens on the subject's side of the proxy, packet by
// packet: a capture shows the tampered packets as what the subject sent.
//
//	m, ok := mutant.Find("no-puback")
//	bad := m.Apply(subject.Simple())            // its name is simple+no-puback
//	res := play.Simulated(t, sc, bad, play.Options{Strict: true})
//
// A mutant is killed by a scenario that fails on it and covers a statement it violates. A statement for
// which no mutant is killed is not covered, whatever the scenarios say.
package mutant

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/transport"
	"umqtt/harness/wire"
)

// Mutant is one way to misbehave. Any of Rules, Rewrite, Clocked, Below, Message and Wrap may be left out, not all of them. Rewrite
// and Clocked are not both set.
type Mutant struct {
	// Name identifies it, in lower case with hyphens.
	Name string
	// Doc says in one sentence what the client does wrong.
	Doc string
	// Violates lists ids of package spec, at least one, that the behaviour breaks wherever the client
	// gets to show it.
	Violates []string
	// Subjects names the built-in subjects that can show it.
	Subjects []string
	// Long tells that the behaviour shows only in a scenario that is long: see Scenario.Long of package scenario.
	Long bool
	// Rules tamper with the subject's packets, over all its connections; see [Check] for those that a
	// mutant cannot have.
	Rules []fault.Rule
	// Rewrite makes, for one subject, the tampering that rules cannot say. A packet passes it before it
	// passes Rules.
	Rewrite func() Rewrite
	// Clocked is Rewrite for tampering that reads the subject's wall clock, now.
	Clocked func(now func() time.Time) Rewrite
	// Below is what the client gets wrong below MQTT, in scenarios that play over TLS or WebSocket.
	Below transport.Habits
	// Message makes, for one subject, what takes the place of each message before its callback gets it.
	Message func() func(subject.Message) subject.Message
	// Wrap puts an adapter around the subject, which lives in the given environment. A subject that is
	// an [subject.Idler] or a [subject.Gatherer] stays one.
	Wrap func(subject.Subject, subject.Env) subject.Subject
}

// Rewrite is tampering as code. The functions share what state they need; they are called by one
// goroutine at a time. Any of them may be nil.
type Rewrite struct {
	// Packet returns what takes the place of one packet: of either direction, on the same connection.
	// What it adds towards the subject is read by the next Read; one that is already waiting does not
	// see it.
	Packet func(fault.Packet) []fault.Packet
	// Sent tells that Packet changes, and looks at, only what the subject sends. What it is handed then passes as it comes; it waits
	// for its packet to be whole otherwise.
	Sent bool
	// Wait is asked when the subject begins to wait for the peer. It returns packets of the subject that
	// go out before.
	Wait func(conn int) []fault.Packet
	// Rest is asked when the stream towards the subject ends. It returns what the subject is handed
	// before the end in place of rest: the part of a packet that the peer did not finish, if any.
	Rest func(conn int, rest []byte) []byte
	// Piece is asked when a read ends inside of a packet. It returns what the subject is handed at once in place
	// of that piece, which is then forgotten; a piece that it returns as it is stays for the rest to come.
	Piece func(conn int, piece []byte) []byte
	// Keep is asked when the subject closes a connection, and reports whether it stays open
	// nevertheless. The subject cannot tell.
	Keep func(conn int) bool
	// Whole tells that what the subject is handed waits for its packet to be whole, although nothing changes it.
	Whole bool
	// Loose is how large a packet of the subject may be, in bytes, that is written in one piece. A larger one is written in
	// pieces, and what the subject writes meanwhile comes in between; 0 is no bound.
	Loose int
	// Deadline is asked when the subject bounds its writes, and returns the deadline in place of its own; the zero time is none.
	Deadline func(time.Time) time.Time
	// Written is asked when a write has failed, and returns what the subject is told.
	Written func(error) error
}

// All returns every mutant. The slice is the caller's.
func All() []Mutant {
	return slices.Concat(connecting(), will(), credentials(), publishing(), unvalidated(), subscribing(), redelivery(),
		acknowledging(), receiving(), tolerating(), keepAlive(), disconnecting(), exactlyOnce(), onceMore(), onceOnly(),
		keeping(), matching(), limiting(), nesting(), below(), pinging(), framing(), tempted(), asTold(), careless(), gathering(), comingBack(), upstream(), writing(), sideBySide(), leaking(),
		reported(), choosy(), strayAnswers(), inOnePlace())
}

// Find returns the mutant of that name.
func Find(name string) (Mutant, bool) {
	all := append(All(), Deep()...)
	i := slices.IndexFunc(all, func(m Mutant) bool { return m.Name == name })
	if i < 0 {
		return Mutant{}, false
	}
	return all[i], true
}

// For reports whether the mutant applies to the built-in subject of that name.
func (m Mutant) For(subject string) bool { return slices.Contains(m.Subjects, subject) }

// Check reports what keeps the mutant from being applied: no behaviour at all, a rule that
// [fault.Rule.Check] refuses, a field that has no such value, or an action that needs the proxy's clock
// and controls: delay, latency, jitter, bandwidth, hold, stall, refuse, accept_close.
func (m Mutant) Check() error {
	var errs []error
	if len(m.Rules) == 0 && m.Rewrite == nil && m.Clocked == nil && m.Message == nil && m.Wrap == nil && m.Below == (transport.Habits{}) {
		errs = append(errs, errors.New("it does nothing"))
	}
	for i, r := range m.Rules {
		if err := checkRule(r); err != nil {
			errs = append(errs, fmt.Errorf("rule %d: %w", i+1, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("mutant %s: %w", m.Name, err)
	}
	return nil
}

func checkRule(r fault.Rule) error {
	if err := r.Check(); err != nil {
		return err
	}
	switch a := r.Action.(type) {
	case fault.Delay, fault.Latency, fault.Jitter, fault.Bandwidth:
		return fmt.Errorf("%s: a mutant has no clock", a.Name())
	case fault.Hold, fault.Stall, fault.Refuse, fault.AcceptClose:
		return fmt.Errorf("%s: a mutant has no controls", a.Name())
	case fault.Set:
		p := wire.New(r.Match.Type)
		if p == nil {
			return errors.New("set: the rule matches no one packet type")
		}
		for name, v := range a.Fields {
			if err := wire.Set(p, name, v); err != nil {
				return fmt.Errorf("set: %w", err)
			}
		}
	}
	return nil
}
