package capture

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"umqtt/harness/wire"
)

const (
	header   = "mqtt-capture 1" // first line
	named    = "#"              // begins the line with the name
	measured = "# measured times"
	connMark = "= conn " // begins the line before the records of another connection
	noTime   = "-.---"
	timeCols = 8  // columns of a time
	rowBytes = 16 // bytes in a full line of hex
)

// Format returns c in the .wire format. It takes what a [Recorder] makes: records with either Data
// or Text, [FIN] or [RST] as Text of a direction, times that are [NoTime] or do not go backwards.
func Format(c *Capture) []byte {
	var b []byte
	b = append(b, header+"\n"...)
	b = appendHead(b, c)
	var f formatter
	for _, r := range c.Records {
		if f.turns(r.Conn) {
			b = appendConn(b, r.Conn)
		}
		b = f.appendRecord(b, r)
	}
	return b
}

// Annotations returns the annotation of each record: what [Format] writes behind its sign.
func Annotations(c *Capture) []string {
	var f formatter
	texts := make([]string, len(c.Records))
	for i, r := range c.Records {
		texts[i] = f.text(r)
	}
	return texts
}

// A formatter holds what the text of a record depends on besides the record.
type formatter struct {
	conn  int  // the connection of the record before
	begun bool // there was a record
	raw   map[Stream]bool
}

// turns makes conn the current connection and reports whether it was not.
func (f *formatter) turns(conn int) bool {
	if f.begun && f.conn == conn {
		return false
	}
	f.begun, f.conn = true, conn
	return true
}

// appendRecord appends the lines of r and notes when its stream stops being MQTT.
func (f *formatter) appendRecord(b []byte, r Record) []byte {
	return appendHex(f.appendLine(b, r), r.Data)
}

// line returns the first line of r and notes when its stream stops being MQTT.
func (f *formatter) line(r Record) string { return string(f.appendLine(nil, r)) }

// appendLine appends the first line of r and notes when its stream stops being MQTT.
func (f *formatter) appendLine(b []byte, r Record) []byte {
	begin := len(b)
	b = appendTime(b, r.Time)
	if pad := timeCols - (len(b) - begin); pad > 0 {
		b = slices.Insert(b, begin, []byte("        ")[:pad]...)
	}
	b = append(b, ' ', byte(r.Kind), ' ')
	b = append(b, f.text(r)...)
	return append(b, '\n')
}

// text returns the annotation or text of r, and notes when its stream stops being MQTT.
func (f *formatter) text(r Record) string {
	if len(r.Data) == 0 {
		return r.text(false)
	}
	s := Stream{r.Conn, r.Kind}
	if !f.raw[s] && !wire.Whole(r.Data) {
		if f.raw == nil {
			f.raw = make(map[Stream]bool)
		}
		f.raw[s] = true
	}
	return r.text(f.raw[s])
}

// rawText annotates bytes that are no packet.
func rawText(b []byte) string { return fmt.Sprintf("raw %dB", len(b)) }

// appendHead appends the lines between the header and the records.
func appendHead(b []byte, c *Capture) []byte {
	b = appendName(b, c.Name)
	if c.Measured {
		b = append(b, measured+"\n"...)
	}
	return b
}

func appendName(b []byte, name string) []byte {
	b = append(b, named...)
	if name != "" {
		b = append(b, ' ')
		b = append(b, quote(name)...)
	}
	return append(b, '\n')
}

func appendConn(b []byte, conn int) []byte {
	b = append(b, connMark...)
	b = strconv.AppendInt(b, int64(conn), 10)
	return append(b, '\n')
}

// appendHex appends data as lines of hex.
func appendHex(b, data []byte) []byte {
	b = slices.Grow(b, 3*len(data)+2*(len(data)/rowBytes+1))
	for row := range chunks(data, rowBytes) {
		b = append(b, '\t')
		b = appendSpaced(b, row)
		b = append(b, '\n')
	}
	return b
}

// chunks yields data in pieces of n bytes, the last one up to n.
func chunks(data []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(data) > 0 {
			k := min(n, len(data))
			if !yield(data[:k]) {
				return
			}
			data = data[k:]
		}
	}
}

// appendSpaced appends row in hexadecimal with a blank between two bytes.
func appendSpaced(b, row []byte) []byte {
	const digits = "0123456789abcdef"
	for i, x := range row {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, digits[x>>4], digits[x&15])
	}
	return b
}

// formatTime returns t in seconds with three decimals, or as many as it needs.
func formatTime(t time.Duration) string { return string(appendTime(nil, t)) }

// appendTime appends what formatTime returns.
func appendTime(b []byte, t time.Duration) []byte {
	if t == NoTime {
		return append(b, noTime...)
	}
	b = strconv.AppendInt(b, int64(t/time.Second), 10)
	b = append(b, '.')
	n := 0 // decimals
	for rest, unit := t%time.Second, time.Second/10; unit > 0 && (n < 3 || rest > 0); unit /= 10 {
		b = append(b, '0'+byte(rest/unit))
		rest %= unit
		n++
	}
	return b
}

// parseTime is the inverse of formatTime, but it also takes what formatTime would write otherwise.
func parseTime(s string) (t time.Duration, ok bool) {
	if s == noTime {
		return NoTime, true
	}
	t, err := time.ParseDuration(s + "s")
	return t, err == nil && t >= 0 && strings.Trim(s, "0123456789.") == ""
}

// quote returns s as it is when a line that ends in it can be read back, and as a quoted Go string
// when not.
func quote(s string) string {
	if s == "" || s[0] == '"' || s[0] == ' ' || s[len(s)-1] == ' ' || strconv.Quote(s) != `"`+escaped.Replace(s)+`"` {
		return strconv.Quote(s)
	}
	return s
}

// escaped escapes what strconv.Quote escapes although it can be printed.
var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// unquote is the inverse of quote.
func unquote(s string) (string, bool) {
	if !strings.HasPrefix(s, `"`) {
		return s, true
	}
	u, err := strconv.Unquote(s)
	return u, err == nil
}
