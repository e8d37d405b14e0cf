package capture

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Widths of the space between the two lines of a ladder, in characters.
const (
	minRung = 40
	maxRung = 100
)

// Ladder draws c as text for a person: time at the left, then the subject's line, then the peer's,
// and an arrow for each packet. An annotation that does not fit is cut short.
//
//	# qos1/puback-lost
//	    time  subject                                  peer
//	conn 1    |                                           |
//	   0.000  |--CONNECT level=4 clean=0 …--------------->|
//	   0.000  |<-CONNACK sp=0 code=0----------------------|
//	   0.000  *  fault cut rst
func Ladder(c *Capture) string {
	var f formatter
	texts := make([]string, len(c.Records))
	width := minRung
	for i, r := range c.Records {
		texts[i] = f.text(r)
		if r.Kind != Event {
			width = max(width, min(utf8.RuneCountInString(texts[i])+len("-- ->")+1, maxRung))
		}
	}
	var b strings.Builder
	b.Write(appendName(nil, c.Name))
	fmt.Fprintf(&b, "%*s  %-*s%s\n", timeCols, "time", width-1, "subject", "peer")
	for i, r := range c.Records {
		if f.turns(r.Conn) {
			fmt.Fprintf(&b, "%-*s  |%*s|\n", timeCols, fmt.Sprintf("conn %d", r.Conn), width, "")
		}
		fmt.Fprintf(&b, "%*s  %s\n", timeCols, formatTime(r.Time), rung(r.Kind, texts[i], width))
	}
	return b.String()
}

// rung draws one record over a width in characters.
func rung(k Kind, text string, width int) string {
	if k == Event {
		return "*  " + text
	}
	if n := width - len("-- ->"); utf8.RuneCountInString(text) > n {
		text = string([]rune(text)[:n-1]) + "…"
	}
	line := "-- " + text + " "
	line += strings.Repeat("-", width-utf8.RuneCountInString(line))
	if k == Sent {
		return "|" + line[:len(line)-1] + ">|"
	}
	return "|<" + line[1:] + "|"
}
