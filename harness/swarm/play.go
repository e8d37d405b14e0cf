package swarm

import (
	"regexp"
	"testing"

	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/subject/ref"
	"umqtt/harness/sweep"
)

// A Client is what a swarm searches.
type Client struct {
	Subject subject.Factory
	// Soon is the same subject with packet identifiers that wrap soon, for the seeds that ask for it. Its New is
	// nil where it cannot be told to.
	Soon subject.Factory
	// Without is the subject that is no mutant. Its New is nil where the subject is none.
	Without subject.Factory
	// Odd allows scripts of the unusual kind: see the function [Odd].
	Odd bool
	// Misdeed is the name of a rule that the broker breaks on purpose, see [sweep.Plan]; empty is none.
	Misdeed string
}

// Source returns the choices of a seed.
func (c Client) Source(seed uint64) Source {
	if c.Odd {
		return Odd(Seeded(seed))
	}
	return Seeded(seed)
}

// soonWrapping is the first packet identifier of clients whose identifiers wrap soon.
const soonWrapping = 65533

// Soon returns the subject ref with packet identifiers that wrap soon, and no subject at all for any other, which
// cannot be told to.
func Soon(f subject.Factory) subject.Factory {
	if f.Name != "ref" {
		return subject.Factory{}
	}
	return subject.RefWith(f.Name, ref.Habits{FirstID: soonWrapping}, f.Features)
}

// An Outcome is what came of a run.
type Outcome struct {
	Seed   uint64
	Client int // its index among those that are searched
	Run    sweep.Run
	// Void tells that the faults of the script cannot be together: what one had made of a packet was none any more,
	// in which the other was to change a field. Such a run proves nothing.
	Void bool
	// Soon tells that the run was with [Client.Soon].
	Soon bool
	// Reached are the names of the sometimes-assertions that it met, and Open those that it could have met.
	Reached, Open []string
}

// Play plays the script of a seed with a client.
func Play(t *testing.T, c Client, seed uint64) Outcome {
	out := c.Play(t, Draw(c.Subject, c.Source(seed)))
	out.Seed = seed
	return out
}

// Play plays a script.
func (c Client) Play(t *testing.T, s *Script) Outcome {
	sc, err := s.Scenario()
	if err != nil {
		return Outcome{Run: sweep.Run{Broken: sweep.SetupFailed, Message: err.Error()}}
	}
	p, soon := c.plan(s)
	out := Outcome{Run: p.Play(t, sc), Soon: soon}
	if out.clear(); !out.Void {
		out.look(sc, p.Subject)
	}
	return out
}

// clear marks a run that proves nothing as void. What it says of the client and of the broker is dropped: the world
// ended while their packets were under way.
func (o *Outcome) clear() {
	if o.Void = o.Run.Broken != "" && noPacket.MatchString(o.Run.Message); o.Void {
		o.Run.Broken, o.Run.Message, o.Run.IDs, o.Run.Peer, o.Run.Known, o.Run.Wire = "", "", nil, nil, nil, nil
	}
}

// noPacket is what the fault engine says of a packet that another fault has changed, cut or put together. The world
// ends there, and what the client leaves behind then is no fault of its own.
var noPacket = regexp.MustCompile(`fault: (set|corrupt): `)

// plan returns how a script is played, and whether that is with identifiers that wrap soon.
func (c Client) plan(s *Script) (p sweep.Plan, soon bool) {
	p = sweep.Plan{Subject: c.Subject, Seed: s.Order(), Misdeed: c.Misdeed}
	if soon = s.Soon() && c.Soon.New != nil; soon {
		p.Subject = c.Soon
	}
	return p, soon
}

// look notes what the run has met.
func (o *Outcome) look(sc *scenario.Scenario, f subject.Factory) {
	c := o.Run.Capture()
	if c == nil || len(c.Records) == 0 {
		return
	}
	s := look(sc, c)
	for _, a := range sometimes {
		if _, ok := f.Has(a.Needs); !ok || a.Habit && !o.Soon {
			continue
		}
		o.Open = append(o.Open, a.Name)
		if a.seen(s) {
			o.Reached = append(o.Reached, a.Name)
		}
	}
}

// Reduce makes the script of a seed that breaks a rule as small as it can, and returns it as a file with the order
// that it is to be played in. ok is false where it does not fail by itself, or not because of the mutant.
func (c Client) Reduce(t *testing.T, seed uint64, broken string) (file []byte, order uint64, ok bool) {
	s := Draw(c.Subject, c.Source(seed))
	sc, err := s.Scenario()
	if err != nil {
		return nil, 0, false
	}
	p := sweep.Plan{Subject: c.Subject, Misdeed: c.Misdeed}
	var without *sweep.Plan
	if c.Without.New != nil {
		without = &sweep.Plan{Subject: c.Without}
	}
	for _, order := range []uint64{0, s.Order()} { // FIFO is simpler
		p.Seed = order
		if without != nil {
			without.Seed = order
		}
		small, ok := p.ReduceScenario(t, sc, broken, without)
		if !ok {
			continue
		}
		return sweep.File(small, c.Subject.Name, p.Play(t, small)), order, true
	}
	return nil, 0, false
}
