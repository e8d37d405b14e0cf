package monitor

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"umqtt/harness/capture"
)

// Patience is how long a monitor of the level [Should] waits for what the standard demands without setting a
// time for it. It is as long as a step of a scenario waits by default.
const Patience = 10 * time.Second

// A Level tells whether a finding is a proof (must) or a likely fault (should).
type Level byte

const (
	// Must is the level of a finding that is proven: whatever the client has read and whatever is still to
	// come, it has broken a rule that binds it.
	Must Level = iota + 1
	// Should is the level of a finding that rests on a time of ours: the rule binds the client, but the
	// standard sets no time for it. It deserves a warning and fails nobody.
	Should
)

// String returns "must" or "should".
func (l Level) String() string {
	switch l {
	case Must:
		return "must"
	case Should:
		return "should"
	}
	return fmt.Sprintf("level %d", byte(l))
}

// A World says what kind of clock the times of a capture are of.
type World byte

const (
	// Real is a real clock: what the client does takes time, and times are judged with tolerance.
	Real World = iota
	// Simulated is a virtual clock: nothing takes time but waiting, and times are exact.
	Simulated
)

// A Monitor is a checker for one statement or clause.
type Monitor struct {
	// Name is unique among the monitors, such as "puback-order". Several may watch one statement.
	Name string
	// ID is the statement or clause that a finding says is broken, known to spec.Lookup. It is never one that
	// only allows something.
	ID string
	// Level is the level of all findings of the monitor.
	Level Level
	// Timed tells that a finding rests on how much time has passed, so that a machine which stalls can be its cause.
	Timed bool
	// Rests names what the monitor rests on, section first, and how it binds the client.
	Rests string
	// Doc says what the monitor decides, and what it leaves alone and why.
	Doc string
}

// A Finding is one place in a capture where the client breaks a rule.
type Finding struct {
	Monitor string // the monitor's name
	ID      string // the statement or clause that is broken
	Level   Level  // the monitor's level
	Timed   bool   // the monitor's too
	Record  int    // index into the capture's Records: where it shows
	Records []int  // Record and the records that Message names, in ascending order
	Conn    int    // the connection of that record
	Message string // what happened, in one line; it names records by their index
}

// String returns the finding in one line: statement, place, what happened.
func (f Finding) String() string {
	return fmt.Sprintf("%s: connection %d, record %d: %s", f.ID, f.Conn, f.Record, f.Message)
}

// All returns every monitor. The slice is the caller's.
func All() []Monitor {
	return slices.Concat(exchanges, connections, below, sends, reactions)
}

// connections are the monitors of what a connection is made of, below those of what lies below MQTT; exchanges those of packet ids and
// acknowledgements. The codec's (sends, reactions) are made of tables of ids.
var (
	connections = []Monitor{connectFirst, connectOnce, disconnectLast, disconnectCloses, keepAlive}
	exchanges   = []Monitor{
		idUnused, resendSame, resendDup, firstSending, sessionDropped, exactlyOnce,
		redelivered, leftOut, redeliveryOrder,
		ackID, ackByQoS, ackOnce, compID, pubackOrder, pubrecOrder, pubrelOrder,
	}
)

// Check runs every monitor over a capture. Findings are in the order of their records, and the order of those of
// one record is fixed. A capture does not record its world. If w is not known, use Real, which reports fewer
// findings.
func Check(c *capture.Capture, w World) []Finding {
	k := &checker{
		links:   make(map[int]*link),
		clients: make(map[string]*client),
		clock:   clockOf(c, w),
	}
	for i, r := range c.Records {
		k.record(i, r)
	}
	k.finish()
	slices.SortStableFunc(k.findings, func(a, b Finding) int { return cmp.Compare(a.Record, b.Record) })
	return k.findings
}
