// Package draft drafts a scenario from a capture, as the start of a scenario file.
package draft

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// Record is one record of a capture: exactly one of Data, End and Event is set.
type Record struct {
	// Time is counted from the beginning of the capture. It is negative if it is not known.
	Time time.Duration
	// Conn is the number of the connection, from 1.
	Conn int
	// Sent says that the subject sent it; otherwise the subject received it.
	Sent bool
	// Data is one packet, or bytes that are not a packet.
	Data []byte
	// End is FIN or RST if this direction of the connection ended.
	End string
	// Event is the text of another event in the capture, such as "fault cut rst".
	Event string
}

// Limits for a capture.
const (
	MaxRecords = 10_000           // records of a capture
	MaxBytes   = scenario.MaxFile // bytes of all its packets; the draft itself is larger
)

// Of drafts a scenario with peer script from a capture. It expects what the subject sent, with every field, and sends
// what the subject received, as raw bytes if they are not a packet. Identifiers that the subject chose become
// variables. Faults that acted on a connection are repeated, and events that no step can repeat become notes.
//
// The calls of the client are guessed: a connect, publish or subscribe before its packet, unless the packet repeats
// an earlier one, and an abort if nothing else explains the end of a connection. A call whose end is not visible in
// the capture is pending after its packet. A publish inside the callback becomes an ordinary call, since a capture
// does not show the difference. A pause of a second or more becomes a wait if the scenario acts after it; there is
// also a wait where a cut could overtake what was sent. A PINGREQ after a pause is expected after a similar one. No
// other times are kept.
//
// The draft is at level may; its author should shorten it. [scenario.Parse] accepts the [scenario.Format] of the
// draft. Of fails for a capture with more than [MaxRecords] records or [MaxBytes] bytes, for one without a packet,
// and for bytes of the subject that have no packet type, since no step can expect these.
func Of(name string, packets []Record) (*scenario.Scenario, error) {
	if len(packets) > MaxRecords {
		return nil, fmt.Errorf("draft of %s: the capture has %d records; a draft can have at most %d", name, len(packets), MaxRecords)
	}
	size := 0
	for _, p := range packets {
		size += len(p.Data)
	}
	if size > MaxBytes {
		return nil, fmt.Errorf("draft of %s: the packets have %d bytes; a draft can have at most %d", name, size, MaxBytes)
	}
	d := &drafter{conns: map[int]*draftConn{}, ids: map[int]scenario.Var{}, calls: map[scenario.Var]*draftCall{}, names: map[string]int{}, needs: map[scenario.Feature]bool{}}
	d.prepare(packets)
	for i := range d.records {
		if err := d.record(i); err != nil {
			return nil, fmt.Errorf("draft of %s: %w", name, err)
		}
	}
	if len(d.steps) == 0 {
		return nil, fmt.Errorf("draft of %s: the capture holds no packet", name)
	}
	s, err := scenario.Parse(name+".yaml", scenario.Format(d.scenario(name)))
	if err != nil {
		return nil, fmt.Errorf("draft of %s does not load: %w", name, err)
	}
	return s, nil
}

// A drafter turns records into steps.
type drafter struct {
	records []draftRecord
	steps   []scenario.Step
	notes   []string // events that go to the next step
	last    time.Duration

	conns    map[int]*draftConn
	newest   int
	ids      map[int]scenario.Var // of the packets that the subject has sent, by identifier
	vars     int
	open     []*draftCall                // in their order, done or not
	calls    map[scenario.Var]*draftCall // by the identifier of their packet
	connects []*draftConnect
	names    map[string]int // how many calls have a name that begins so
	needs    map[scenario.Feature]bool
	left     bool // the subject has disconnected in good order
	stalled  bool
	down     bool
}

// draftRecord is a record, decoded.
type draftRecord struct {
	Record
	packet wire.Packet // nil for what is no packet that its sender may send
	bad    error       // why it is none
}

// draftConn is what is known of a connection.
type draftConn struct {
	keepAlive time.Duration
	lastSent  time.Duration
	accepted  bool // by its CONNACK
	resumed   bool // the subject has opened it in place of one that was lost
	ended     bool // by the subject
	cut       bool // by a fault or by the peer
	settled   bool // the last record has finished a call, so that nothing is left to close it for
}

// prepare decodes the records.
func (d *drafter) prepare(packets []Record) {
	for _, p := range packets {
		r := draftRecord{Record: p}
		dir := wire.ToClient
		if p.Sent {
			dir = wire.ToServer
		}
		if len(p.Data) > 0 {
			r.packet, r.bad = wire.DecodeFrom(dir, p.Data)
		}
		if r.bad == nil && r.packet != nil && !p.Sent && !bytes.Equal(r.packet.Append(nil), p.Data) {
			r.packet, r.bad = nil, errors.New("another encoding of the packet")
		}
		if r.bad != nil {
			r.packet = nil
		}
		d.records = append(d.records, r)
	}
}

// record turns one record into steps.
func (d *drafter) record(i int) error {
	r := &d.records[i]
	if d.conns[r.Conn] == nil {
		d.conns[r.Conn] = &draftConn{}
	}
	if len(r.Data) > 0 {
		d.conns[r.Conn].settled = false
	}
	switch {
	case r.Event != "":
		d.event(r)
		return nil
	case r.End != "":
		d.end(r)
	case r.packet == nil && r.Sent:
		if err := d.malformed(r); err != nil {
			return err
		}
	case r.packet == nil:
		d.newest = max(d.newest, r.Conn)
		d.act(r, "send raw", scenario.Args{"hex": r.Data})
	case r.Sent:
		d.expect(r)
	default:
		d.send(i, r)
	}
	if c := d.conns[r.Conn]; r.Sent {
		c.lastSent = r.Time
	}
	d.last = max(d.last, r.Time)
	return nil
}

// scenario returns what was drafted.
func (d *drafter) scenario(name string) *scenario.Scenario {
	if len(d.notes) > 0 {
		last := &d.steps[len(d.steps)-1]
		last.Note = strings.TrimPrefix(last.Note+"; "+strings.Join(d.notes, "; "), "; ")
	}
	s := &scenario.Scenario{
		Title: "The client does what it did in the capture " + name, Level: scenario.May, Peer: scenario.Script, World: scenario.Both, Client: d.options(), Steps: d.steps,
		Note: "Drafted from a capture. Keep what the behaviour is about, leave out the rest, and say what it covers.",
	}
	if d.last >= slow {
		s.World, s.Reason = scenario.Simulated, "it takes "+scenario.FormatValue(d.last.Round(time.Second))
	}
	s.Steps = pendings(s.Steps)
	options := scenario.Step{Key: "client connect", Args: s.Client.Changes(scenario.DefaultConnect())}
	for _, step := range append(slices.Clone(s.Steps), options) {
		for _, f := range scenario.Uses(step) {
			d.needs[f] = true
		}
	}
	for _, f := range spec.Features() {
		if d.needs[f.Name] {
			s.Needs = append(s.Needs, f.Name)
		}
	}
	return s
}

// slow is from when on a draft is not for the real world.
const slow = 30 * time.Second
