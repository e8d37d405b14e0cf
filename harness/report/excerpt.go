package report

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
)

// What a page shows at most of a capture: a client can make it as long as it likes.
const (
	firstShown = 12  // records of its beginning
	lastShown  = 48  // records of its end
	maxHex     = 128 // bytes of a record
	maxText    = 400 // characters of an annotation
)

// A row is a record as a page shows it, or a gap.
type row struct {
	Gap   int // records left out; the other fields are then zero
	N     int // the record's number in the capture
	Time  string
	Conn  int
	Kind  capture.Kind
	Text  string // the packet decoded, the end of a direction, or an event
	Hex   string
	ASCII string
	Size  int
	Named bool // the failure names it
	Cause bool // with it the failure became certain
	Turn  bool // the record before is of another connection
}

// Direction says in words which way a record went.
func (r row) Direction() string {
	switch r.Kind {
	case capture.Sent:
		return "sent by the client"
	case capture.Handed:
		return "handed to the client"
	}
	return "event"
}

// An excerpt is the part of a capture that a page shows.
type excerpt struct {
	Rows  []row
	Total int // records in the capture
	Conns int
}

// excerptOf returns the beginning and the end of a capture, the records that are named, and that of the cause, which may
// be nil.
func excerptOf(c *capture.Capture, named []int, cause *judge.Cause) excerpt {
	x := excerpt{Total: len(c.Records)}
	texts := capture.Annotations(c)
	gap, conn := 0, -1
	for i, r := range c.Records {
		x.Conns = max(x.Conns, r.Conn)
		is, causes := slices.Contains(named, i), cause != nil && cause.Record == i
		if i >= firstShown && i < len(c.Records)-lastShown && !is && !causes {
			gap++
			continue
		}
		if gap > 0 {
			x.Rows = append(x.Rows, row{Gap: gap})
			gap = 0
		}
		time, _, _ := strings.Cut(r.String(), " ")
		x.Rows = append(x.Rows, row{
			N: i, Time: time, Conn: r.Conn, Kind: r.Kind, Text: shortened(texts[i], maxText),
			Hex: hexOf(r.Data), ASCII: asciiOf(r.Data), Size: len(r.Data), Named: is, Cause: causes, Turn: r.Conn != conn,
		})
		conn = r.Conn
	}
	return x
}

// recordNumber matches the number by which messages name a record.
var recordNumber = regexp.MustCompile(`\brecord (\d+)`)

// namedIn returns the numbers of the records that a failure names.
func namedIn(f *judge.Failure) []int {
	var named []int
	for _, text := range append([]string{f.Message}, f.Findings...) {
		for _, m := range recordNumber.FindAllStringSubmatch(text, -1) {
			if n, err := strconv.Atoi(m[1]); err == nil {
				named = append(named, n)
			}
		}
	}
	return named
}

// shortened returns the first n characters of a text, the last of them an ellipsis where more follow.
func shortened(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// hexOf shows bytes in hexadecimal: the first of many, and how many there are.
func hexOf(b []byte) string {
	var s strings.Builder
	for i := range b[:min(len(b), maxHex)] {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(hex.EncodeToString(b[i : i+1]))
	}
	if len(b) > maxHex {
		fmt.Fprintf(&s, " … (%d bytes)", len(b))
	}
	return s.String()
}

// asciiOf shows the same bytes as characters, with a dot for each that is none of ASCII's that print.
func asciiOf(b []byte) string {
	s := slices.Clone(b[:min(len(b), maxHex)])
	for i, c := range s {
		if c < ' ' || c > '~' {
			s[i] = '.'
		}
	}
	return string(s)
}
