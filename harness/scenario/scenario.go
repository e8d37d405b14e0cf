package scenario

import (
	"fmt"
	"time"

	"umqtt/harness/spec"
	"umqtt/harness/transport"
	"umqtt/harness/wire"
)

// A Scenario is one file, or one case of a file: one behaviour, as a linear script.
type Scenario struct {
	// Name is the file's path without its ending, such as "qos1/puback-lost". That of a case has the
	// case's name behind it, such as "malformed/bad-flags/pingresp".
	Name string
	// Aliases are names that it had before: see [AliasesFile].
	Aliases []string
	// File is the file's path as the loader saw it.
	File string
	// Case is where the file's table names the case; it is zero where the file has no table.
	Case Pos
	// Title says in one sentence what the client does.
	Title string
	// Covers lists ids of package spec that a failure would show to be broken. It is empty only at
	// the levels May and Policy.
	Covers []string
	// Level says how binding the behaviour is.
	Level Level
	// Why is the sentence of the standard that the scenario rests on, in other words than its own, with
	// its section. It may be empty.
	Why string
	// Profile says whose demand a scenario at the level Policy is; it is empty at other levels.
	Profile spec.Profile
	// Tags are words by which a run can choose scenarios.
	Tags []string
	// Needs lists what the subject must be able to do for the scenario to mean anything.
	Needs []Feature
	// Peer is what the subject talks to.
	Peer Peer
	// Transport is what lies between MQTT and TCP; it is "" where that is nothing.
	Transport transport.Kind
	// World says where the scenario plays.
	World World
	// Reason says why it does not play in both worlds; it is empty where it does.
	Reason string
	// Note is for the reader.
	Note string
	// Oracle is the model that judges the run in place of steps that expect something; it is empty where the
	// steps do.
	Oracle Oracle
	// Allow lists packets that the subject may send at any time without a step that expects them.
	Allow []wire.Type
	// Buffer is how many bytes of the subject's may wait in its connection until they are read; a write beyond that waits.
	// It is 0 where there is no bound.
	Buffer int
	// Client holds the options of every connect of the subject.
	Client Connect
	// Steps is the script, with at least one step.
	Steps []Step
}

// A Step is one line of a script.
type Step struct {
	// Pos is where the step's verb stands.
	Pos Pos
	// Key is the verb and its object, such as "expect PUBLISH": the Key of a [Verb] in [Table].
	Key string
	// Args holds what the step says, with the defaults of the verb's fields filled in.
	Args Args
	// Steps are what a repeat repeats; none of them is a repeat.
	Steps []Step
	// Round is the number of the round, from 1, in a step that [Step.InRound] has made.
	Round int
	// Given marks a precondition: when it is not met the verdict is inconclusive, not fail.
	Given bool
	// Optional marks what may come or not: when it does not come, the script goes on.
	Optional bool
	// When is a variable without which the step is not played; it is empty for a step that is played in
	// any case.
	When Var
	// Unordered marks a step of a run: neighbouring steps that carry it are met in any order.
	Unordered bool
	// Or lists what may come in place of what the step expects, which is an expect step too. Exactly one
	// of them all comes. An alternative has a position, a key and arguments of its own, and nothing else.
	Or []Step
	// Within bounds the wait of a step that waits; 0 leaves the bound to the player.
	Within time.Duration
	// After is when the step must be met, counted from the end of the step before it. It means
	// nothing unless HasAfter is set.
	After Range
	// HasAfter tells whether the step has an After.
	HasAfter bool
	// Covers lists those of the scenario's Covers that a failure of the step shows to be broken; where
	// it is empty, all of them may be.
	Covers []string
	// Note is for the reader.
	Note string
}

// Packet returns the packet type that a step of the verbs expect, deliver and send names.
func (s Step) Packet() (wire.Type, bool) {
	v, ok := Find(s.Key)
	return v.Packet, ok && v.Packet != 0
}

// Pos is a position in a scenario file. Lines and columns count from 1, columns in characters.
type Pos struct {
	File      string
	Line, Col int
}

// String returns file:line:col.
func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }

// Range is a span of time, both ends included.
type Range struct {
	// Min is the least duration.
	Min time.Duration
	// Max is the greatest, or 0 where there is none.
	Max time.Duration
}

// Has reports whether d lies in r.
func (r Range) Has(d time.Duration) bool { return d >= r.Min && (r.Max == 0 || d <= r.Max) }

// String returns the range as scenarios write it: 1s~1.5s, or 1s for at least that.
func (r Range) String() string {
	if r.Max == 0 {
		return r.Min.String()
	}
	return r.Min.String() + "~" + r.Max.String()
}

// Level says how binding a scenario is.
type Level string

// The levels.
const (
	Must   Level = "must"   // a statement of the standard rules it
	Should Level = "should" // the standard recommends it: a failure is a warning unless the run is strict
	May    Level = "may"    // the standard leaves it free: the choice made is recorded
	Policy Level = "policy" // somebody else's demand, which counts under its profile only
)

// Peer is what the subject talks to.
type Peer string

// The peers.
const (
	Script Peer = "script" // the scenario plays the server byte for byte
	Broker Peer = "broker" // the embedded broker
)

// Oracle is a model that judges a run as a whole.
type Oracle string

// The oracles.
const (
	Strong Oracle = "strong" // for faults that TCP and a conforming server can make: what was reported is so
	Weak   Oracle = "weak"   // for faults that they cannot: calls end, and no success comes before its acknowledgement
)

// World says where a scenario plays.
type World string

// The worlds.
const (
	Both      World = "both"      // simulated and real
	Simulated World = "simulated" // virtual time and in-memory connections only
	Real      World = "real"      // sockets and the wall clock only
)

// Plays reports whether a scenario of world w plays in the world in, Simulated or Real.
func (w World) Plays(in World) bool { return w == Both || w == in }
