package report

import (
	"fmt"
	"strings"

	"umqtt/harness/capture"
)

// The measures of a ladder, in units of its view box.
const (
	ladderWidth  = 840
	clientX      = 110 // the client's line
	peerX        = 820
	ladderTop    = 34 // the first rung is below it
	packetHeight = 34
	eventHeight  = 26
	turnHeight   = 26
	maxLabel     = 92 // characters that fit between the lines
)

// A ladder is the drawing of an excerpt: time runs downwards between the lines of the client and its peer.
type ladder struct {
	ID                     string // unique on the page
	Width, Height          int
	Client, Peer, Middle   int // x of the lines, and of the labels between them
	Top, Bottom            int // y of the lines' ends
	Rungs                  []rung
	Title, Desc            string
	ClientLabel, PeerLabel string
}

// A rung is one record, or a gap, in a ladder.
type rung struct {
	row
	Y          int // of the arrow
	TextY      int
	TimeX      int
	Label      string
	Head       string // points of the arrow's head
	Band, Tall int    // y and height of the band behind a record that is named
	TurnY      int    // y of the heading of a connection, where one begins
	CauseY     int    // y of the heading of the record with which the failure became certain
}

// ladderOf draws an excerpt.
func ladderOf(id, name string, x excerpt) *ladder {
	l := &ladder{ID: id, Width: ladderWidth, Client: clientX, Peer: peerX, Middle: (clientX + peerX) / 2, Top: ladderTop - 10,
		ClientLabel: "client", PeerLabel: "peer"}
	y := ladderTop
	sent, handed, ends, events := 0, 0, 0, 0
	for _, r := range x.Rows {
		g := rung{row: r, TimeX: clientX - 12, Label: shortened(r.Text, maxLabel)}
		if r.Turn && r.Gap == 0 && r.Conn > 0 {
			y += turnHeight
			g.TurnY = y - 8
		}
		if r.Cause {
			y += turnHeight
			g.CauseY = y - 8
		}
		g.Band = y
		switch {
		case r.Gap > 0:
			y += eventHeight
			g.Y, g.TextY = y-8, y-8
			g.Label = fmt.Sprintf("%d records are not drawn", r.Gap)
		case r.Kind == capture.Event:
			events++
			y += eventHeight
			g.Y, g.TextY = y-5, y-10
		default:
			y += packetHeight
			g.Y, g.TextY = y-8, y-15
			if len(r.Hex) == 0 {
				ends++
			} else if r.Kind == capture.Sent {
				sent++
			} else {
				handed++
			}
			if r.Kind == capture.Sent {
				g.Head = head(peerX, g.Y, -1)
			} else {
				g.Head = head(clientX, g.Y, 1)
			}
		}
		g.Tall = y - g.Band
		l.Rungs = append(l.Rungs, g)
	}
	l.Bottom, l.Height = y+10, y+16
	l.Title = "Ladder of " + name
	l.Desc = describe(x, sent, handed, ends, events)
	return l
}

// head returns the points of an arrow's head at x, y; its shaft lies in the direction dir.
func head(x, y, dir int) string {
	return fmt.Sprintf("%d,%d %d,%d %d,%d", x, y, x+dir*10, y-5, x+dir*10, y+5)
}

// describe says what a ladder shows for those who do not see it.
func describe(x excerpt, sent, handed, ends, events int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "On %s the client sent %s and was handed %s; there were %s of a stream and %s.",
		count(x.Conns, "connection"), count(sent, "packet"), count(handed, "packet"), count(ends, "end"), count(events, "event"))
	if shown := sent + handed + ends + events; shown < x.Total {
		fmt.Fprintf(&b, " %d of %d records are drawn.", shown, x.Total)
	}
	b.WriteString(" The table below has the same records in words.")
	return b.String()
}
