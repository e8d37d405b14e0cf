// Package fault is the model of what the proxy may do to a connection: rules, and a pure engine
// that applies them.
//
// A [Rule] is a matcher and an action. The [Engine] is asked about every whole packet that a driver
// (package proxy) takes from one end of a connection, and answers with what to hand to the other
// end, and when. It does no input or output, reads no clock and draws its randomness from its seed:
// the same packets at the same times give the same answers, in the simulated world and over TCP.
//
//	e := fault.NewEngine(1, fault.Rule{
//		Match:  fault.Match{Type: wire.PUBACK, Nth: 1},
//		Action: fault.Drop{},
//	})
//	outs, events := e.Packet(now, fault.Packet{Conn: 1, Dir: wire.ToClient, Data: frame})
//
// Drop, duplicate, swap and corrupt on a connection that lives on are nothing that TCP and a
// conforming server do: a scenario that uses them judges a policy, not the standard.
package fault

import (
	"fmt"
	"time"

	"umqtt/harness/wire"
)

// A Rule says what happens to the packets that match.
type Rule struct {
	// Name identifies the rule to [Engine.Release]. It may be empty.
	Name string
	// Match selects packets. Its zero value matches every packet of every connection.
	Match Match
	// Action is what happens to a packet that matches.
	Action Action
}

// Dirs selects directions of a connection.
type Dirs byte

// The directions a rule may apply to. The zero value is both.
const (
	BothWays Dirs = iota
	ToServer
	ToClient
)

// Has reports whether d includes the direction dir.
func (d Dirs) Has(dir wire.Direction) bool {
	return d == BothWays || (d == ToServer) == (dir == wire.ToServer)
}

// String names d as scenarios do.
func (d Dirs) String() string {
	switch d {
	case ToServer:
		return "to_server"
	case ToClient:
		return "to_client"
	}
	return "both"
}

// Match selects packets. Every field that is set must agree.
type Match struct {
	// Conn is the number of the connection, counted from 1 in the order of dialing; 0 is any.
	Conn int
	// Dirs is the direction the packet travels in.
	Dirs Dirs
	// Type is the packet type; 0 is any, bytes that are no MQTT packet included.
	Type wire.Type
	// Fields must equal the packet's fields of these names, in the canonical values of [wire.Get]:
	// topic, packet_id and so on. A packet without such a field does not match.
	Fields map[string]any
	// Nth selects the n-th packet of those that agree with all of the above, counted from 1 over
	// all connections; 0 is every one.
	Nth int
	// Probability selects that share of the packets (above 0, up to 1), by the engine's seed. 0 is all.
	Probability float64
}

// Ending is how a connection or one direction of it ends.
type Ending byte

// The endings of a connection.
const (
	NoEnding  Ending = iota
	FIN              // both directions end after the bytes already sent
	RST              // both directions end at once with a reset
	HalfClose        // the direction of the packet ends, the other goes on
)

var endings = [...]string{NoEnding: "none", FIN: "fin", RST: "rst", HalfClose: "half"}

// String names e as scenarios do: fin, rst, half.
func (e Ending) String() string {
	if int(e) < len(endings) {
		return endings[e]
	}
	return fmt.Sprintf("ending(%d)", byte(e))
}

// ParseEnding is the inverse of [Ending.String] for fin, rst and half.
func ParseEnding(s string) (Ending, bool) {
	for e, name := range endings {
		if name == s && Ending(e) != NoEnding {
			return Ending(e), true
		}
	}
	return NoEnding, false
}

// Forgets ends the event of a [Cut] with which the peer loses its sessions.
const Forgets = ", and the peer forgets its sessions"

// An Action is what a rule does to a packet, or to a connection that is being opened. The actions
// are the types of this package that implement it.
type Action interface {
	// Name is the action's name in scenarios and events.
	Name() string
}

type (
	// Drop takes the packet out of the stream.
	Drop struct{}
	// Delay hands the packet, and what follows it in its direction, over By later.
	Delay struct{ By time.Duration }
	// Hold keeps the packet until [Engine.Release] names its rule; what follows passes it.
	Hold struct{}
	// Duplicate hands the packet over 1+Times times; Times 0 counts as 1.
	Duplicate struct{ Times int }
	// Swap hands the packet over after the next one of its direction.
	Swap struct{}
	// Corrupt exclusive-ors Xor into the byte at offset Byte; a negative offset counts from the end.
	Corrupt struct {
		Byte int
		Xor  byte
	}
	// Truncate hands over only the first To bytes.
	Truncate struct{ To int }
	// Replace hands With over instead.
	Replace struct{ With []byte }
	// Set hands the packet over with these fields changed, in the canonical values of [wire.Set].
	Set struct{ Fields map[string]any }
	// Inject hands Data over behind the packet, or before it.
	Inject struct {
		Data   []byte
		Before bool
	}
	// Split hands the packet over in pieces of these sizes, in bytes; the last size repeats.
	Split struct{ Sizes []int }
	// Merge collects Count packets of the direction and hands them over in one piece; 0 counts as 2. What does not match
	// and comes between them is in that piece, too. With [Match].Nth these are that packet and those that follow it.
	Merge struct{ Count int }
	// Cut ends the connection after the packet's first At bytes; a negative At is after all of them.
	// The next Refuse connections are then refused, and with Forget the peer loses the sessions of
	// the subject before it takes another connection: see [Engine.Forgets].
	Cut struct {
		At     int
		How    Ending
		Refuse int
		Forget bool
	}
	// Stall stops these directions of the connection after the first At bytes of this packet, until
	// [Engine.Heal].
	Stall struct {
		Dirs Dirs
		At   int
	}
	// Refuse refuses the next Count connections; 0 counts as 1.
	Refuse struct{ Count int }
	// AcceptClose accepts the next Count connections and ends each at once; 0 counts as 1.
	AcceptClose struct {
		Count int
		How   Ending
	}
	// Latency hands every packet over By later, in order.
	Latency struct{ By time.Duration }
	// Jitter hands every packet over up to Max later, in whole milliseconds by the seed, in order.
	Jitter struct{ Max time.Duration }
	// Bandwidth lets Rate bytes a second through.
	Bandwidth struct{ Rate int }
)

func (Drop) Name() string        { return "drop" }
func (Delay) Name() string       { return "delay" }
func (Hold) Name() string        { return "hold" }
func (Duplicate) Name() string   { return "duplicate" }
func (Swap) Name() string        { return "swap" }
func (Corrupt) Name() string     { return "corrupt" }
func (Truncate) Name() string    { return "truncate" }
func (Replace) Name() string     { return "replace" }
func (Set) Name() string         { return "set" }
func (Inject) Name() string      { return "inject" }
func (Split) Name() string       { return "split" }
func (Merge) Name() string       { return "merge" }
func (Cut) Name() string         { return "cut" }
func (Stall) Name() string       { return "stall" }
func (Refuse) Name() string      { return "refuse" }
func (AcceptClose) Name() string { return "accept_close" }
func (Latency) Name() string     { return "latency" }
func (Jitter) Name() string      { return "jitter" }
func (Bandwidth) Name() string   { return "bandwidth" }
