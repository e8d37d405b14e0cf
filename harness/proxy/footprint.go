package proxy

import (
	"fmt"
	"slices"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// A Move is what the stepper hands over in one step: a packet, raw bytes, a piece of a packet, or the end of one
// direction. A Move names the same thing in each run in which the moves before it are the same, and in each run in
// which they differ only in the order of moves that commute.
type Move struct {
	// Conn counts the connections from 1 in the order of dialing, the witness's among them.
	Conn int
	Dir  wire.Direction
	// Nth counts from 1 what was sent in this direction, or the pieces that have moved by themselves.
	Nth int
	// Piece tells that the stepper has decided about it before, and that a part or a copy was kept back.
	Piece bool
}

// String returns the connection, the direction and the number.
func (m Move) String() string {
	kind := "packet"
	if m.Piece {
		kind = "piece"
	}
	return fmt.Sprintf("%d%s %s %d", m.Conn, arrow(m.Dir), kind, m.Nth)
}

func arrow(d wire.Direction) string {
	if d == wire.ToServer {
		return ">"
	}
	return "<"
}

// An Explorer chooses each move and learns what it has touched. The stepper calls it from one goroutine at a time.
type Explorer interface {
	// Choose returns the index of the move that is made next. There is at least one, and the one that was sent first
	// comes first.
	Choose(moves []Move) int
	// Moved tells what the move that was chosen last has touched. It is called before the next Choose and the next
	// Idle. It is not called for the last move of a run.
	Moved(Footprint)
	// Idle tells that nothing may move until time passes.
	Idle()
}

// A Footprint is what a move has touched, measured while it ran.
type Footprint struct {
	// All tells that the move commutes with none: a connection began or ended, the scenario has acted on the link, its
	// wait may have been over before the move, or the link has a bounded buffer.
	All bool
	// Conn and Dir are where the move was made.
	Conn int
	Dir  wire.Direction
	// Reads and Writes are the parts of the world that it may have looked at and changed, by name.
	Reads, Writes []string
	// Made is what was sent because of it.
	Made []Move
}

// Commutes reports whether two moves that could both be made next lead to the same state in either order, and to the
// same capture: they were made in different places, and neither has changed what the other has touched.
func (f Footprint) Commutes(g Footprint) bool {
	if f.All || g.All || f.Conn == g.Conn && f.Dir == g.Dir {
		return false
	}
	return !meets(f.Writes, g.Writes) && !meets(f.Writes, g.Reads) && !meets(f.Reads, g.Writes)
}

func meets(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// The parts of the world. A client is named by its link, the subject's capture and its API included; a session of the
// broker belongs to a link as well.
const (
	theBroker  = "broker"
	theEngine  = "engine"
	theSession = "session of "
)

// footprint measures one move.
type footprint struct {
	Footprint
	link    string // of the connection it was made on
	dials   int    // before it
	conns   int
	records int
	heard   bool // the subject has sent something since the scenario has last looked
}

// writes adds a part of the world.
func (f *footprint) writes(what string) {
	if !slices.Contains(f.Writes, what) {
		f.Writes = append(f.Writes, what)
	}
}

// begins begins to measure a move.
func (s *Stepper) begins(m choice) {
	if s.cfg.Explorer == nil {
		return
	}
	f := &footprint{link: m.conn.link, dials: s.dials, conns: len(s.all), records: s.cfg.Recorder.Len(), heard: s.heard}
	f.Conn, f.Dir = m.conn.no, m.dir
	f.All = s.cfg.Buffer > 0 // what is taken lets a write of the subject go on
	if !m.conn.plain {
		f.Reads = append(f.Reads, theEngine)
		if m.box < 0 {
			if m.conn.flow(m.dir).pending[0].Stall != nil {
				f.writes(theEngine)
			}
		} else if s.cfg.Engine.Concerned(m.conn.id, m.dir).Has(m.conn.outbox[index(m.dir)][m.box].packetType()) {
			f.writes(theEngine)
		}
	}
	switch {
	case m.dir == wire.ToClient:
		f.writes(m.conn.link)
	case m.conn.far == nil: // the scenario reads what the subject sends from the capture
	case m.box >= 0 && ownSession(m.conn.outbox[0][m.box].packetType()):
		if !m.conn.plain { // it may acknowledge what was not sent to it yet; a witness does not
			f.Reads = append(f.Reads, theBroker)
		}
		f.writes(theSession + m.conn.link)
	default:
		f.writes(theBroker)
	}
	s.measured, s.heard = f, false
}

// packetType returns the type of a whole packet, and 0 of anything else.
func (a arrival) packetType() wire.Type {
	if a.raw || a.end != fault.NoEnding {
		return 0
	}
	return wire.Type(a.data[0] >> 4)
}

// ownSession reports whether a broker changes nothing but the session of the client that sends this.
func ownSession(t wire.Type) bool {
	return t == wire.PUBACK || t == wire.PUBREC || t == wire.PUBCOMP || t == wire.PINGREQ
}

// sends notes that something was sent because of the move that is measured.
func (s *Stepper) sends(c *simConn, d wire.Direction, as []boxed) {
	s.heard = s.heard || c.link == subjectLink
	f := s.measured
	if f == nil {
		return
	}
	switch {
	case d == wire.ToServer:
		f.writes(c.link) // the client has done something
	case f.Dir == wire.ToClient:
		f.All = true // the broker has, and nothing was handed to it
	case c.link != f.link:
		f.writes(theBroker)
	}
	f.writes(fmt.Sprintf("end of %d%s", c.no, arrow(d)))
	for _, a := range as {
		f.Made = append(f.Made, Move{Conn: c.no, Dir: d, Nth: a.nth})
	}
}

// mixes notes that the move that is measured commutes with none.
func (s *Stepper) mixes() {
	if s.measured != nil {
		s.measured.All = true
	}
}

// waited notes that the scenario has waited for the last move, and may act on every client. If the subject has sent
// something right before that move, it may have waited for that instead, and the move has slipped in.
func (s *Stepper) waited() {
	if s.measured == nil {
		return
	}
	if s.measured.heard {
		s.measured.All = true
	}
	for _, c := range s.all {
		s.measured.writes(c.link)
	}
}

// measures tells the explorer what the last move has touched.
func (s *Stepper) measures() {
	f := s.measured
	if f == nil {
		return
	}
	s.measured = nil
	f.All = f.All || f.dials != s.dials || f.conns != len(s.all)
	if f.records != s.cfg.Recorder.Len() {
		f.writes(subjectLink)
	}
	s.cfg.Explorer.Moved(f.Footprint)
}

// explore asks the explorer.
func (s *Stepper) explore(choices []choice) choice {
	moves := make([]Move, len(choices))
	for i, c := range choices {
		moves[i] = Move{Conn: c.conn.no, Dir: c.dir, Piece: c.box < 0, Nth: c.conn.moved[index(c.dir)] + 1}
		if c.box >= 0 {
			moves[i].Nth = c.conn.outbox[index(c.dir)][c.box].nth
		}
	}
	return choices[s.cfg.Explorer.Choose(moves)]
}
