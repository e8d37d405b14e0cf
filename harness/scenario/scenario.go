package scenario

import (
	"fmt"
	"time"

	"umqtt/harness/spec"
	"umqtt/harness/transport"
	"umqtt/harness/wire"
)

// A Scenario is a file, or one case of a file: one behaviour, as a linear script.
type Scenario struct {
	// Name is the file's path without its ending, such as "qos1/puback-lost". That of a case has the
	// case's name behind it, such as "malformed/bad-flags/pingresp".
	Name string
	// Aliases are names that it had before: see [AliasesFile].
	Aliases []string
	// File is the file's path as the loader saw it.
	File string
	// Case is the position of the case in the file's table; it is zero if the file has no table.
	Case Pos
	// Title says in one sentence what the client does.
	Title string
	// Covers lists ids of package spec that a client breaks when it fails. It is empty only at levels May and Policy.
	Covers []string
	// Level says how binding the behaviour is.
	Level Level
	// Why says what the standard requires, as a paraphrase with its section. It may be empty.
	Why string
	// Profile says who expects the behaviour of a scenario at level Policy; it is empty at other levels.
	Profile spec.Profile
	// Tags are words by which a run can select scenarios.
	Tags []string
	// Needs lists the features that the subject must have.
	Needs []Feature
	// Peer is the server of the subject.
	Peer Peer
	// Transport is the layer between MQTT and TCP, or "" if there is none.
	Transport transport.Kind
	// World is the world in which the scenario plays.
	World World
	// Reason says why it does not play in both worlds, or is empty if it does.
	Reason string
	// Note is for the reader.
	Note string
	// Oracle is the model that judges the run, or empty if the steps do.
	Oracle Oracle
	// Allow lists packets that the subject may send at any time without a step that expects them.
	Allow []wire.Type
	// Buffer is the number of bytes from the subject that may be pending in its connection; a write beyond that
	// blocks. 0 means no bound.
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
	// Args holds the arguments of the step, with the defaults of the verb's fields filled in.
	Args Args
	// Steps are the steps that a repeat repeats; none of them is a repeat.
	Steps []Step
	// Round is the number of the round, from 1, in a step that [Step.InRound] has made.
	Round int
	// Given marks a precondition: if it is not met, the verdict is inconclusive, not fail.
	Given bool
	// Optional marks a step that may be met or not: the script continues in both cases.
	Optional bool
	// When is a variable: the step is played only if it has a value. It is empty for a step that is always played.
	When Var
	// Unordered marks a step of an unordered run: adjacent steps with it are met in any order.
	Unordered bool
	// Or lists alternatives, which are expect steps: exactly one of the step and its alternatives is met. An
	// alternative has a position, a key and arguments, and nothing else.
	Or []Step
	// Within bounds the wait of the step; 0 means the bound of the player.
	Within time.Duration
	// After is when the step must be met, counted from the end of the step before it. It is valid only if HasAfter is
	// set.
	After Range
	// HasAfter says that the step has an After.
	HasAfter bool
	// Covers lists those of the scenario's Covers that a client breaks when the step fails. If it is empty, it may be
	// any of them.
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

// Level is how binding a scenario is.
type Level string

// The levels.
const (
	Must   Level = "must"   // a statement of the standard requires it
	Should Level = "should" // the standard recommends it: a failure is a warning unless the run is strict
	May    Level = "may"    // the standard allows several behaviours: the run records which the client has
	Policy Level = "policy" // somebody else expects it: it counts only in runs with its profile
)

// Peer is the server of the subject.
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
	Strong Oracle = "strong" // for faults that TCP and a conforming server can cause: what a call reported must be true
	Weak   Oracle = "weak"   // for faults that they cannot cause: calls must end, and succeed only after their acknowledgement
)

// World is a world in which scenarios play.
type World string

// The worlds.
const (
	Both      World = "both"      // simulated and real
	Simulated World = "simulated" // virtual time and in-memory connections only
	Real      World = "real"      // sockets and the wall clock only
)

// Plays reports whether a scenario for world w plays in the world in, which is Simulated or Real.
func (w World) Plays(in World) bool { return w == Both || w == in }
