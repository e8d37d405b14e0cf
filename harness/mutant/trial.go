package mutant

import (
	"bytes"
	"errors"
	"slices"
	"sync"

	"umqtt/harness/fault"
	"umqtt/harness/subject"
	"umqtt/harness/transport"
	"umqtt/harness/wire"
)

// A Trial finds out, in one run of a subject, which mutants of it would change anything. What a mutant does depends
// only on the packets of its connections and their times. Up to its first change it sees the same packets as in the
// run without it. A mutant that changes nothing in this run would behave like the subject to the end, and need not be
// run.
//
//	trial := mutant.NewTrial(base, mutants)
//	res := play.Simulated(t, sc, trial.Factory(), o)
//	if !trial.Changes("no-puback") { … } // the mutant plays as res
//
// A Trial is for one run, in a world with repeatable traces, such as the simulated one.
type Trial struct {
	base  subject.Factory
	tried []Mutant
	below []string // those that change what lies below MQTT, if anything does

	mu        sync.Mutex
	unchanged map[string]bool // the names of those in tried that have changed nothing so far
}

// NewTrial returns a trial of mutants of base.
func NewTrial(base subject.Factory, mutants []Mutant) *Trial {
	t := &Trial{base: base, unchanged: map[string]bool{}}
	for _, m := range mutants {
		if m.Wrap != nil || m.Message != nil || m.Long || m.Clocked != nil || m.Check() != nil || m.paces() {
			continue
		}
		t.unchanged[m.Name] = true
		if m.tampers() {
			t.tried = append(t.tried, m)
		}
		if m.Below != (transport.Habits{}) {
			t.below = append(t.below, m.Name)
		}
	}
	return t
}

// Factory returns the subject to run, with the name of the base. It behaves like a mutant that changes nothing, and
// shows all packets to the mutants.
func (t *Trial) Factory() subject.Factory {
	f := t.base
	f.New = func(env subject.Env) (subject.Subject, error) {
		if t.base.External {
			return nil, errors.New("a trial of mutants: the subject dials by itself: there is no connection to look at")
		}
		if env.Target.Kind != "" {
			t.mu.Lock()
			for _, name := range t.below {
				delete(t.unchanged, name)
			}
			t.mu.Unlock()
		}
		env = env.Layered(transport.Habits{})
		env.Dial = dialer(t.witness(env.Seed), env.Dial)
		env.Addr = "" // nothing leads past it
		return t.base.New(env)
	}
	return f
}

// Changes reports whether the mutant with this name changes anything in the run, or may do so. It is always true for
// a mutant that wraps the adapter, reads the clock, changes how packets are passed on, or is visible only in long
// scenarios.
func (t *Trial) Changes(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.unchanged[name]
}

// witness returns what stands on the connections of one subject.
func (t *Trial) witness(seed uint64) *witness {
	w := &witness{trial: t}
	for _, m := range t.tried {
		w.unchanging = append(w.unchanging, newTamper(m, subject.Env{Seed: seed}))
	}
	return w
}

// A witness hands everything on as it is, and shows it to mutants that have changed nothing so far.
type witness struct {
	trial *Trial

	mu         sync.Mutex
	unchanging []*tamper
}

// show shows something to the mutants, and forgets those that change it.
func (w *witness) show(changes func(*tamper) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unchanging = slices.DeleteFunc(w.unchanging, func(t *tamper) bool {
		if !changes(t) {
			return false
		}
		w.trial.mu.Lock()
		defer w.trial.mu.Unlock()
		delete(w.trial.unchanged, t.name)
		return true
	})
}

func (w *witness) packet(p fault.Packet) []fault.Out {
	w.show(func(t *tamper) bool {
		q := p
		q.Data = slices.Clone(p.Data) // which the mutant may change
		outs, err := t.decide(q)
		if err != nil || len(outs) != 1 {
			return true
		}
		o := outs[0]
		return o.Dir != p.Dir || o.End != fault.NoEnding || len(o.Sizes) > 0 || !bytes.Equal(o.Data, p.Data)
	})
	return []fault.Out{{Conn: p.Conn, Dir: p.Dir, Data: p.Data}}
}

func (w *witness) onlySent() bool { return true }

func (w *witness) waits(conn int) []fault.Out {
	w.show(func(t *tamper) bool { return len(t.waits(conn)) > 0 })
	return nil
}

func (w *witness) end(conn int, dir wire.Direction) []fault.Out {
	w.show(func(t *tamper) bool { return len(t.end(conn, dir)) > 0 })
	return nil
}

func (w *witness) rest(conn int, rest []byte) []byte {
	w.show(func(t *tamper) bool { return !bytes.Equal(t.rest(conn, slices.Clone(rest)), rest) })
	return rest
}

func (w *witness) piece(conn int, b []byte) (instead []byte, changed bool) {
	w.show(func(t *tamper) bool {
		if t.rewrite.Piece == nil {
			return false // of most mutants; b is as long as the packet that is coming
		}
		_, changed := t.piece(conn, slices.Clone(b))
		return changed
	})
	return nil, false
}

func (w *witness) keeps(conn int) bool {
	w.show(func(t *tamper) bool { return t.keeps(conn) })
	return false
}
