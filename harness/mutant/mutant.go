// Package mutant holds clients with known faults: each wraps a [subject.Factory] so that it misbehaves. A suite of
// scenarios is shown to detect these faults.
//
// A [Mutant] lists the statements or clauses that it violates, and how: by rules of the fault engine that change what
// the subject sends and receives, by a [Rewrite] for changes that rules cannot express, or by wrapping the adapter.
// The changes are made on the subject's side of the proxy, packet by packet: a capture shows the changed packets as
// sent by the subject.
//
//	m, ok := mutant.Find("no-puback")
//	bad := m.Apply(subject.Simple())            // its name is simple+no-puback
//	res := play.Simulated(t, sc, bad, play.Options{Strict: true})
//
// A scenario kills a mutant if it fails for the mutant and covers a statement that the mutant violates. A statement
// counts as tested only if a mutant that violates it is killed.
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

// Mutant is a fault. At least one of Rules, Rewrite, Clocked, Below, Message and Wrap is set; Rewrite and Clocked are
// not both set.
type Mutant struct {
	// Name identifies it, in lower case with hyphens.
	Name string
	// Doc describes the fault in one sentence.
	Doc string
	// Violates lists the ids of package spec, at least one, that the fault violates.
	Violates []string
	// Subjects lists the names of the built-in subjects to which the mutant applies.
	Subjects []string
	// Long says that the fault is visible only in long scenarios: see Scenario.Long of package scenario.
	Long bool
	// Rules change the subject's packets on all its connections. [Mutant.Check] lists the rules that a mutant cannot
	// have.
	Rules []fault.Rule
	// Rewrite returns, for one subject, changes that rules cannot express. They are applied before Rules.
	Rewrite func() Rewrite
	// Clocked is Rewrite for changes that read the subject's wall clock, now.
	Clocked func(now func() time.Time) Rewrite
	// Below holds the faults of the client in TLS or WebSocket, for scenarios that use them.
	Below transport.Habits
	// Message returns, for one subject, a function that replaces each message before the callback receives it.
	Message func() func(subject.Message) subject.Message
	// Wrap wraps the subject, which runs in the given environment. A subject that is a [subject.Idler] or a
	// [subject.Gatherer] stays one.
	Wrap func(subject.Subject, subject.Env) subject.Subject
}

// Rewrite changes packets by code. One goroutine at a time calls its functions, which may share state. Any of them
// may be nil.
type Rewrite struct {
	// Packet returns the packets that replace one packet, on the same connection, in either direction. The next Read
	// of the subject returns packets that it adds towards the subject; a Read that is already blocked does not.
	Packet func(fault.Packet) []fault.Packet
	// Sent says that Packet looks only at what the subject sends. What the subject receives then passes at once;
	// otherwise it is kept until its packet is complete.
	Sent bool
	// Wait is called when the subject begins to wait for the peer. It returns packets of the subject to send before
	// that.
	Wait func(conn int) []fault.Packet
	// Rest is called when the stream towards the subject ends. rest is the incomplete packet at the end, if any; Rest
	// returns what the subject receives in place of it.
	Rest func(conn int, rest []byte) []byte
	// Piece is called when a read ends inside of a packet. It returns what the subject receives at once in place of
	// that piece, which is then discarded. A piece that it returns unchanged is kept until the rest arrives.
	Piece func(conn int, piece []byte) []byte
	// Keep is called when the subject closes a connection, and reports whether it stays open. The subject cannot
	// detect this.
	Keep func(conn int) bool
	// Whole says that what the subject receives is kept until its packet is complete, although nothing changes it.
	Whole bool
	// Loose is the largest size, in bytes, of a packet that the subject writes in one piece. A larger packet is
	// written in pieces, and other packets of the subject may be written between them. 0 means no bound.
	Loose int
	// Deadline is called with a write deadline of the subject and returns the deadline to use in its place; the zero
	// time is none.
	Deadline func(time.Time) time.Time
	// Written is called with the error of a failed write and returns the error for the subject.
	Written func(error) error
}

// All returns every mutant. The slice is the caller's.
func All() []Mutant {
	return slices.Concat(connecting(), will(), credentials(), publishing(), unvalidated(), subscribing(), redelivery(),
		acknowledging(), receiving(), tolerating(), keepAlive(), disconnecting(), exactlyOnce(), onceMore(), onceOnly(),
		keeping(), matching(), limiting(), nesting(), below(), pinging(), framing(), tempted(), asTold(), careless(), gathering(), comingBack(), upstream(), writing(), sideBySide(), leaking(),
		reported(), choosy(), strayAnswers(), inOnePlace(), unanswered(), owing(), pingresps(), granting(), inOneAnswer())
}

// Find returns the mutant with this name.
func Find(name string) (Mutant, bool) {
	all := append(All(), Deep()...)
	i := slices.IndexFunc(all, func(m Mutant) bool { return m.Name == name })
	if i < 0 {
		return Mutant{}, false
	}
	return all[i], true
}

// For reports whether the mutant applies to the built-in subject with this name.
func (m Mutant) For(subject string) bool { return slices.Contains(m.Subjects, subject) }

// Check returns an error if the mutant cannot be applied: it has no behaviour, [fault.Rule.Check] refuses a rule, a
// field cannot have the value that is set, or an action needs the clock or the controls of the proxy: delay, latency,
// jitter, bandwidth, hold, stall, refuse, accept_close.
func (m Mutant) Check() error {
	var errs []error
	if len(m.Rules) == 0 && m.Rewrite == nil && m.Clocked == nil && m.Message == nil && m.Wrap == nil && m.Below == (transport.Habits{}) {
		errs = append(errs, errors.New("it changes nothing: set Rules, Rewrite, Clocked, Below, Message or Wrap"))
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
			return errors.New("set: the rule must match exactly one packet type")
		}
		for name, v := range a.Fields {
			if err := wire.Set(p, name, v); err != nil {
				return fmt.Errorf("set: %w", err)
			}
		}
	}
	return nil
}
