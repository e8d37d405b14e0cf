package capture

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Widths in a ladder, in characters. A rung is the space between its two lines.
const (
	minRung = 40
	maxRung = 100
	arrow   = len("--  ->") // what an arrow needs around its annotation
)

// Ladder draws c as text for a person: time at the left, then the subject's line, then the peer's,
// and an arrow for each packet. An annotation that does not fit is cut short.
//
//	# connect/ping
//	    time  subject                                          peer
//	conn 1    |                                                  |
//	   0.000  |-- CONNECT level=4 clean=1 keepalive=60 id="c1" ->|
//	   0.000  |<- CONNACK sp=0 code=0 ---------------------------|
//	  60.001  *  fault cut rst
func Ladder(c *Capture) string {
	var b strings.Builder
	_ = WriteLadder(&b, c) // a builder takes everything
	return b.String()
}

// WriteLadder writes the text that [Ladder] returns to w, line by line. The error is that of w.
func WriteLadder(w io.Writer, c *Capture) error {
	var f formatter
	width := minRung
	for _, r := range c.Records {
		if text := f.text(r); r.Kind != Event {
			width = max(width, min(utf8.RuneCountInString(text)+arrow, maxRung))
		}
	}
	f = formatter{}
	b := bufio.NewWriter(w)
	b.Write(appendHead(nil, c))
	fmt.Fprintf(b, "%*s  %-*s%s\n", timeCols, "time", width-1, "subject", "peer")
	for _, r := range c.Records {
		if f.turns(r.Conn) {
			fmt.Fprintf(b, "%-*s  |%*s|\n", timeCols, fmt.Sprintf("conn %d", r.Conn), width, "")
		}
		fmt.Fprintf(b, "%*s  %s\n", timeCols, formatTime(r.Time), rung(r.Kind, f.text(r), width))
	}
	return b.Flush()
}

// rung draws one record over a width in characters.
func rung(k Kind, text string, width int) string {
	if k == Event {
		return "*  " + text
	}
	if n := width - arrow; utf8.RuneCountInString(text) > n {
		text = string([]rune(text)[:n-1]) + "…"
	}
	line := "-- " + text + " "
	line += strings.Repeat("-", width-utf8.RuneCountInString(line))
	if k == Sent {
		return "|" + line[:len(line)-1] + ">|"
	}
	return "|<" + line[1:] + "|"
}
