package monitor

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"umqtt/harness/capture"
)

// Patience is how long a monitor waits for what the standard demands without setting a time for it. It is
// as long as a step of a scenario waits by default.
const Patience = 10 * time.Second

// A Monitor is a checker for one statement or clause.
type Monitor struct {
	// Name is unique among the monitors, such as "puback-order". Several may watch one statement.
	Name string
	// ID is the statement or clause, known to spec.Lookup.
	ID string
	// Doc says what the monitor decides, and what it leaves alone and why.
	Doc string
}

// A Finding is one place in a capture where the client breaks a rule.
type Finding struct {
	Monitor string // the monitor's name
	ID      string // the statement or clause that is broken
	Record  int    // index into the capture's Records: where it shows
	Conn    int    // the connection of that record
	Message string // what happened, in one line
}

// String returns the finding in one line: statement, place, what happened.
func (f Finding) String() string {
	return fmt.Sprintf("%s: connection %d, record %d: %s", f.ID, f.Conn, f.Record, f.Message)
}

// All returns every monitor. The slice is the caller's.
func All() []Monitor {
	return slices.Concat(exchanges, connections, sends, reactions)
}

// connections are the monitors of what a connection is made of; exchanges those of packet ids and
// acknowledgements. The codec's (sends, reactions) are made of tables of ids.
var (
	connections = []Monitor{connectFirst, connectOnce, disconnectLast, disconnectCloses, keepAlive}
	exchanges   = []Monitor{
		idUnused, resendSame, resendDup, firstSending, sessionDropped, exactlyOnce,
		redelivered, redeliveryOrder,
		ackID, ackByQoS, ackOnce, compID, pubackOrder, pubrecOrder, pubrelOrder,
	}
)

// Check lets every monitor look at the capture. The findings stand in the order of their records, those of
// one record in an order that depends on nothing but the capture.
//
// Whether times are virtual is guessed from them: see [CheckReal].
func Check(c *capture.Capture) []Finding { return check(c, clockOf(c)) }

// CheckReal is Check for a capture of the real world, whose times are those of a real clock whatever they
// look like.
func CheckReal(c *capture.Capture) []Finding {
	clock := clockOf(c)
	clock.exact = false
	return check(c, clock)
}

func check(c *capture.Capture, clock clock) []Finding {
	k := &checker{
		links:   make(map[int]*link),
		clients: make(map[string]*client),
		clock:   clock,
	}
	for i, r := range c.Records {
		k.record(i, r)
	}
	k.finish()
	slices.SortStableFunc(k.findings, func(a, b Finding) int { return cmp.Compare(a.Record, b.Record) })
	return k.findings
}
