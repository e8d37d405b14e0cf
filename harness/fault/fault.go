// Package fault defines what the proxy can do to a connection: rules, and an engine without input and output
// that applies them.
//
// A [Rule] is a matcher and an action. A driver (package proxy) passes each complete packet that it reads
// from one end of a connection to the [Engine], which returns what to deliver to the other end, and when. The
// engine reads no clock and takes its random numbers from its seed: the same packets at the same times give
// the same results, in the simulated world and over TCP.
//
//	e := fault.NewEngine(1, fault.Rule{
//		Match:  fault.Match{Type: wire.PUBACK, Nth: 1},
//		Action: fault.Drop{},
//	})
//	outs, events := e.Packet(now, fault.Packet{Conn: 1, Dir: wire.ToClient, Data: frame})
//
// TCP and a conforming server never drop, duplicate, swap or corrupt packets on a connection that stays open:
// a scenario that uses these actions tests a policy, not the standard.
package fault

import (
	"fmt"
	"time"

	"umqtt/harness/wire"
)

// A Rule is an action for the packets that match.
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

// Match selects packets. A packet must agree with every field that is set.
type Match struct {
	// Conn is the number of the connection, from 1 in the order of dialing; 0 is any.
	Conn int
	// Dirs is the direction the packet travels in.
	Dirs Dirs
	// Type is the packet type. 0 is any, also bytes that are not an MQTT packet.
	Type wire.Type
	// Fields must equal the packet's fields of these names, in the canonical values of [wire.Get]:
	// topic, packet_id and so on. A packet without such a field does not match.
	Fields map[string]any
	// Nth selects the n-th packet, from 1, of those that agree with all of the above on any connection; 0 is
	// every packet.
	Nth int
	// Probability selects each packet with this probability, above 0 and up to 1, by the engine's seed. 0
	// selects all.
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

// Forgets is the end of the event text of a [Cut] with which the peer loses its sessions.
const Forgets = ", and the peer forgets its sessions"

// An Action is what a rule does to a packet, or to a connection that is being opened. The types of this
// package that implement Action are all actions.
type Action interface {
	// Name is the action's name in scenarios and events.
	Name() string
}

type (
	// Drop removes the packet from the stream.
	Drop struct{}
	// Delay delivers the packet, and all that follows it in its direction, By later.
	Delay struct{ By time.Duration }
	// Hold keeps the packet until [Engine.Release] is called with the name of its rule. Later packets
	// overtake it.
	Hold struct{}
	// Duplicate delivers the packet 1+Times times. Times 0 means 1.
	Duplicate struct{ Times int }
	// Swap delivers the packet after the next one of its direction.
	Swap struct{}
	// Corrupt replaces the byte at offset Byte by its exclusive or with Xor. A negative offset counts from
	// the end.
	Corrupt struct {
		Byte int
		Xor  byte
	}
	// Truncate delivers only the first To bytes of the packet.
	Truncate struct{ To int }
	// Replace delivers With in place of the packet.
	Replace struct{ With []byte }
	// Set changes these fields of the packet. The values are those of [wire.Set].
	Set struct{ Fields map[string]any }
	// Inject delivers Data after the packet, or before it.
	Inject struct {
		Data   []byte
		Before bool
	}
	// Split delivers the packet in pieces of these sizes, in bytes; the last size repeats.
	Split struct{ Sizes []int }
	// Merge collects Count packets of a direction and delivers them in one piece. A Count of 0 means 2.
	// Packets between them that do not match are in that piece, too. With [Match].Nth, Merge collects that
	// packet and those that follow it.
	Merge struct{ Count int }
	// Cut ends the connection after the packet's first At bytes, or after the whole packet if At is negative.
	// The next Refuse connections are then refused. With Forget the peer loses the subject's sessions before
	// it accepts another connection: see [Engine.Forgets].
	Cut struct {
		At     int
		How    Ending
		Refuse int
		Forget bool
	}
	// Stall stops these directions of the connection after the packet's first At bytes, until [Engine.Heal].
	Stall struct {
		Dirs Dirs
		At   int
	}
	// Refuse refuses the next Count connections. A Count of 0 means 1.
	Refuse struct{ Count int }
	// AcceptClose accepts the next Count connections and ends each at once. A Count of 0 means 1.
	AcceptClose struct {
		Count int
		How   Ending
	}
	// Latency delivers every packet By later, in order.
	Latency struct{ By time.Duration }
	// Jitter delivers every packet later by a random time up to Max, in whole milliseconds, and keeps their
	// order.
	Jitter struct{ Max time.Duration }
	// Bandwidth limits a direction to Rate bytes a second.
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
