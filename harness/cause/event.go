package cause

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/judge"
	"umqtt/harness/wire"
)

// An Event is one thing that happened in a run: a record of its capture, what the client's API reported, or a packet
// that the server got.
type Event struct {
	// Record is the number of the record, or -1 of an event that is none.
	Record int `json:"record"`
	// Conn is the connection of the record, from 1 on.
	Conn int `json:"conn,omitempty"`
	// Time is that of the record.
	Time time.Duration `json:"time"`
	// Text is the annotation of the record, or what the API reported.
	Text string `json:"text"`
	// Departed is how many continuations have all events before this one, and not this one, and Passed is how many
	// of them passed.
	Departed int `json:"departed"`
	Passed   int `json:"passed"`

	kind capture.Kind // of a record, or one of those below
	data []byte
}

// The kinds of events that are no records.
const (
	reported capture.Kind = '!' // by the client's API
	reached  capture.Kind = '|' // a packet that the client has sent has come to the server
)

// String names the event and says where it went.
func (e Event) String() string {
	switch e.kind {
	case capture.Sent:
		return fmt.Sprintf("record %d: %s, client to server", e.Record, e.Text)
	case capture.Handed:
		return fmt.Sprintf("record %d: %s, server to client", e.Record, e.Text)
	case capture.Event:
		return fmt.Sprintf("record %d: %s", e.Record, e.Text)
	case reached:
		return "the server gets " + e.Text
	}
	return "the client's API: " + e.Text
}

// Sign is the sign of the event in a list: that of the record's kind, ! for what the API reported, and | for a packet
// that the server got.
func (e Event) Sign() string { return e.kind.String() }

// noted is what happened behind so many records and is none.
type noted struct {
	records int
	kind    capture.Kind
	conn    int
	line    string
}

// eventsOf puts what is no record between the records of a capture. A packet that a fault struck on its way has not
// come to the server as it is.
func eventsOf(c *capture.Capture, notes []noted) []Event {
	var all []Event
	texts := capture.Annotations(c)
	var last time.Duration
	add := func(upTo int) {
		for len(notes) > 0 && notes[0].records <= upTo {
			n := notes[0]
			notes = notes[1:]
			if n.kind == reached && upTo < len(c.Records) && strikes(c.Records[upTo]) {
				continue
			}
			all = append(all, Event{Record: -1, Conn: n.conn, Time: last, Text: judge.Printable(n.line), kind: n.kind})
		}
	}
	for i, r := range c.Records {
		add(i)
		last = r.Time
		all = append(all, Event{Record: i, Conn: r.Conn, Time: r.Time, Text: texts[i], kind: r.Kind, data: r.Data})
	}
	add(len(c.Records))
	return all
}

// strikes reports whether a record is that of a fault which strikes a packet on its way to the server.
func strikes(r capture.Record) bool {
	return r.Kind == capture.Event && strings.HasPrefix(r.Text, "fault ") && strings.Contains(r.Text, " > ")
}

// common returns how many events two runs begin with that are the same.
func common(a, b []Event) int {
	var atA, atB time.Duration
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x.Record != y.Record || x.Conn != y.Conn || x.kind != y.kind || x.Text != y.Text || !bytes.Equal(x.data, y.data) {
			return i
		}
		if late := (x.Time - atA) - (y.Time - atB); late > tolerance || late < -tolerance {
			return i
		}
		atA, atB = x.Time, y.Time
	}
	return min(len(a), len(b))
}

// played is a run.
type played struct {
	res    *judge.Result
	events []Event
	places []place
}

// A place is a packet that passed in a run, as faults count them.
type place struct {
	toClient bool
	nth      int // of its direction, from 1 on
	size     int
}

// saw notes a packet.
func (p *played) saw(q fault.Packet) {
	pl := place{toClient: q.Dir == wire.ToClient, size: len(q.Data), nth: 1}
	for _, other := range slices.Backward(p.places) {
		if other.toClient == pl.toClient {
			pl.nth = other.nth + 1
			break
		}
	}
	p.places = append(p.places, pl)
}

// void reports whether the run proves nothing: it could not be played; it passes, and its end was not judged; or what
// one fault had made of a packet was none any more, which another one was to change.
func (p *played) void() bool {
	switch p.res.Shown() {
	case judge.SetupError, judge.Unsupported, judge.Inconclusive:
		return true
	}
	if !p.res.Failed() && p.res.Scenario.Oracle != "" && !p.res.Drained {
		return true
	}
	return p.res.Failed() && noPacket.MatchString(p.res.Reason().Message)
}

var noPacket = regexp.MustCompile(`fault: (set|corrupt): `)

// textOf names a packet.
func textOf(q fault.Packet) string {
	if _, err := wire.Decode(q.Data); err == nil && !q.Raw {
		return wire.Describe(q.Data)
	}
	return fmt.Sprintf("raw %dB", len(q.Data))
}
