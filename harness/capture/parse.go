package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// What a [ParseError] is about; use errors.Is.
var (
	// ErrHeader: the text does not begin as a capture of this version.
	ErrHeader = errors.New("not a capture")
	// ErrName: the second line does not name the capture.
	ErrName = errors.New("bad name line")
	// ErrConn: a connection line is malformed, repeats the connection before it, or has no records.
	ErrConn = errors.New("bad connection line")
	// ErrLine: a line is of no known form.
	ErrLine = errors.New("unknown line")
	// ErrTime: a time is malformed or goes backwards.
	ErrTime = errors.New("bad time")
	// ErrText: the text of an event or of an end is missing or not as [Format] writes it.
	ErrText = errors.New("bad text")
	// ErrHex: hex is malformed, missing, or stands where none may be.
	ErrHex = errors.New("bad hex")
	// ErrAnnotation: an annotation is not what the hex below it says.
	ErrAnnotation = errors.New("the annotation disagrees with the hex")
	// ErrTooLarge: the text is beyond one of the limits of [Read].
	ErrTooLarge = errors.New("too large")
)

// A ParseError is a place where a text is not a capture as [Format] writes it.
type ParseError struct {
	File      string // as given to Parse
	Line, Col int    // from 1; columns are bytes
	Err       error  // one of the errors above
	Detail    string // what was found or expected
}

// Error returns "file:line:col: error: detail".
func (e *ParseError) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %v", e.File, e.Line, e.Col, e.Err)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap returns e.Err.
func (e *ParseError) Unwrap() error { return e.Err }

// Parse reads the .wire format, exactly as [Format] writes it; file is the name for errors, which
// are always a [*ParseError], the first one there is. Lines may also end in CR LF. The limits are those of [Read].
func Parse(file string, b []byte) (*Capture, error) {
	return Read(file, bytes.NewReader(b))
}

// Read reads what [Parse] reads from a stream, of which it keeps the records only. The error is a [*ParseError], or
// that of r. What is beyond [MaxBytes], [MaxRecords] or [MaxLine] is refused with [ErrTooLarge].
func Read(file string, r io.Reader) (*Capture, error) {
	p := &parser{file: file, lines: newLines(r)}
	return p.capture()
}

// A parser reads a text line by line.
type parser struct {
	file  string
	lines *lines
	n     int    // number of the line read last
	line  string // that line, without its end
	formatter
	last time.Duration // the latest time

	bytes int    // of the packets so far
	hex   []byte // the packet that is read
	slab  []byte // the packets read last, one behind the other
}

// next reads a line; it reports false at the end of the text.
func (p *parser) next() (bool, error) {
	p.n++
	line, ended, err := p.lines.next()
	p.line = line
	switch {
	case errors.Is(err, ErrTooLarge):
		return false, p.fail(MaxLine, ErrTooLarge, "the line has more than %d bytes", MaxLine)
	case err != nil:
		return false, err
	case line == "" && !ended:
		return false, nil
	case !ended:
		return false, p.fail(len(line), ErrLine, "the last line does not end in a line feed")
	}
	p.line = strings.TrimSuffix(line, "\r")
	if i := strings.IndexByte(p.line, '\r'); i >= 0 {
		return false, p.fail(i, ErrLine, "carriage return inside a line")
	}
	return true, nil
}

// fail returns an error at the byte offset col of the current line.
func (p *parser) fail(col int, err error, format string, args ...any) error {
	return &ParseError{p.file, p.n, col + 1, err, fmt.Sprintf(format, args...)}
}

// must returns an error at the first difference when the current line is not want.
func (p *parser) must(want string, err error) error {
	if p.line == want {
		return nil
	}
	return p.fail(common(p.line, want), err, "want %q, found %q", want, p.line)
}

// common returns the length of the common beginning of a and b.
func common[T string | []byte](a, b T) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
}

func (p *parser) capture() (*Capture, error) {
	if _, err := p.next(); err != nil {
		return nil, err
	}
	if err := p.must(header, ErrHeader); err != nil {
		return nil, err
	}
	c := new(Capture)
	var err error
	if c.Name, err = p.name(); err != nil {
		return nil, err
	}
	for first := true; ; first = false {
		more, err := p.next()
		if err != nil {
			return nil, err
		}
		if !more {
			return c, nil
		}
		if first && p.line == measured {
			c.Measured = true
			continue
		}
		if strings.HasPrefix(p.line, "=") {
			if err := p.connLine(); err != nil {
				return nil, err
			}
		}
		r, err := p.record()
		if err != nil {
			return nil, err
		}
		if len(c.Records) == MaxRecords {
			return nil, p.fail(0, ErrTooLarge, "more than %d records", MaxRecords)
		}
		c.Records = append(c.Records, r)
	}
}

// name reads the line with the capture's name.
func (p *parser) name() (string, error) {
	if _, err := p.next(); err != nil {
		return "", err
	}
	if !strings.HasPrefix(p.line, named) {
		return "", p.fail(0, ErrName, "want %q and a name, found %q", named+" ", p.line)
	}
	name, ok := unquote(strings.TrimPrefix(p.line[len(named):], " "))
	if !ok {
		return "", p.fail(len(named)+1, ErrName, "not a quoted string: %s", p.line[len(named):])
	}
	return name, p.must(strings.TrimSuffix(string(appendName(nil, name)), "\n"), ErrName)
}

// connLine takes the current line as a change of connection and reads the line behind it.
func (p *parser) connLine() error {
	digits, ok := strings.CutPrefix(p.line, connMark)
	if !ok {
		return p.fail(common(p.line, connMark), ErrConn, "want %q and a number, found %q", connMark, p.line)
	}
	conn, err := strconv.Atoi(digits)
	if err != nil || conn < 0 {
		return p.fail(len(connMark), ErrConn, "%q is no number of a connection", digits)
	}
	if err := p.must(connMark+strconv.Itoa(conn), ErrConn); err != nil {
		return err
	}
	if !p.turns(conn) {
		return p.fail(len(connMark), ErrConn, "connection %d is the current one already", conn)
	}
	more, err := p.next()
	switch {
	case err != nil:
		return err
	case !more || strings.HasPrefix(p.line, "="):
		return p.fail(0, ErrConn, "connection %d has no records here", conn)
	}
	return nil
}

// record takes the current line as a record's first one and reads its hex.
func (p *parser) record() (Record, error) {
	var r Record
	if strings.HasPrefix(p.line, "\t") {
		return r, p.fail(0, ErrHex, "no packet above it")
	}
	at := len(p.line) - len(strings.TrimLeft(p.line, " "))
	stamp, _, _ := strings.Cut(p.line[at:], " ")
	sign := at + len(stamp) + 1 // offset of the kind
	text := sign + 2            // offset of the text
	if len(p.line) <= text || p.line[sign+1] != ' ' {
		return r, p.fail(0, ErrLine, "%q", p.line)
	}
	switch r.Kind = Kind(p.line[sign]); r.Kind {
	case Sent, Handed, Event:
	default:
		return r, p.fail(sign, ErrLine, "want >, < or *, found %q", p.line[sign])
	}
	if !p.begun {
		return r, p.fail(0, ErrConn, "want %q and a number before the first record", connMark)
	}
	r.Conn = p.conn

	var ok bool
	if r.Time, ok = parseTime(stamp); !ok {
		return r, p.fail(at, ErrTime, "%q is not in seconds with three to nine decimals", stamp)
	}
	if want := fmt.Sprintf("%*s", timeCols, formatTime(r.Time)); p.line[:sign-1] != want {
		return r, p.fail(0, ErrTime, "want %q, found %q", want, p.line[:sign-1])
	}
	if r.Time != NoTime {
		if r.Time < p.last {
			return r, p.fail(at, ErrTime, "%s comes after %s", formatTime(r.Time), formatTime(p.last))
		}
		p.last = r.Time
	}

	first, n := p.line, p.n
	if r.Kind != Event {
		var err error
		if r.Data, err = p.data(); err != nil {
			return r, err
		}
	}
	found := first[text:]
	if len(r.Data) > 0 {
		if want := p.text(r); found != want {
			return r, &ParseError{p.file, n, text + common(found, want) + 1, ErrAnnotation, fmt.Sprintf("want %s, found %s", want, found)}
		}
		return r, nil
	}
	switch r.Text, ok = unquote(found); {
	case r.Kind != Event && found != FIN && found != RST:
		return r, &ParseError{p.file, n, text + 1, ErrHex, fmt.Sprintf("none below a packet: want a line of hex, or %s or %s above instead of %s", FIN, RST, found)}
	case !ok || quote(r.Text) != found:
		return r, &ParseError{p.file, n, text + 1, ErrText, fmt.Sprintf("want %s, found %s", quote(r.Text), found)}
	}
	return r, nil
}

// data reads the lines of hex that follow the current line.
func (p *parser) data() ([]byte, error) {
	p.hex = p.hex[:0]
	for p.lines.begins('\t') {
		if _, err := p.next(); err != nil {
			return nil, err
		}
		if len(p.hex)%rowBytes != 0 {
			return nil, p.fail(0, ErrHex, "the line above it has fewer than %d bytes", rowBytes)
		}
		if err := p.row(); err != nil {
			return nil, err
		}
	}
	if p.bytes += len(p.hex); p.bytes > MaxBytes {
		return nil, p.fail(0, ErrTooLarge, "the packets have more than %d bytes", MaxBytes)
	}
	return p.kept(), nil
}

// slabSize is how many bytes of packets are allocated at a time.
const slabSize = 32 << 10

// kept returns a copy of the packet that was read.
func (p *parser) kept() []byte {
	n := len(p.hex)
	if n == 0 {
		return nil
	}
	if n > slabSize/4 {
		return bytes.Clone(p.hex)
	}
	if len(p.slab) < n {
		p.slab = make([]byte, slabSize)
	}
	b := p.slab[:n:n]
	p.slab = p.slab[n:]
	copy(b, p.hex)
	return b
}

// row appends the current line, of hex, to the packet that is read.
func (p *parser) row() error {
	text := p.line[1:]
	for i := range len(text) {
		if !isHex(text, i) {
			return p.badRow(1+i, text)
		}
	}
	if len(text)%3 != 2 {
		return p.badRow(1+len(text), text)
	}
	if len(text) > 3*rowBytes-1 {
		return p.fail(1+3*rowBytes-1, ErrHex, "a line has no more than %d bytes", rowBytes)
	}
	if len(p.hex)+p.bytes > MaxBytes {
		return p.fail(0, ErrTooLarge, "the packets have more than %d bytes", MaxBytes)
	}
	for i := 0; i < len(text); i += 3 {
		p.hex = append(p.hex, digit(text[i])<<4|digit(text[i+1]))
	}
	return nil
}

func (p *parser) badRow(at int, text string) error {
	return p.fail(at, ErrHex, "want pairs of lower-case digits with one blank between, found %q", text)
}

// digit returns the value of a hexadecimal digit in lower case.
func digit(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

// isHex reports whether the byte i of a line of hex may stand where it is.
func isHex(s string, i int) bool {
	c := s[i]
	if i%3 == 2 {
		return c == ' '
	}
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f'
}
