package capture

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"umqtt/harness/wire"
)

// context is the number of equal records shown around a difference.
const context = 3

// Diff compares two captures and returns "" when they are equal. Times count to the nanosecond, but not
// where one of the captures is Measured. Otherwise it returns a summary that points at the first difference, and the records that differ
// with those around them. Records are aligned, so that one packet too many is one line and not all
// that follow it:
//
//	1 of 3 records differs; the first: record 3 (line 8): PUBACK packet_id: want 1, got 2 (-want +got)
//	  = conn 1
//	     0.000 > CONNECT level=4 clean=0 keepalive=5 id="c1"
//	     0.000 < CONNACK sp=0 code=0
//	-    0.000 > PUBACK id=1
//	+    0.000 > PUBACK id=2
//	?            packet_id: want 1, got 2
//
// The line is the one in the formatted want. A field is named where both packets can be decoded,
// else the offset of the first byte that differs.
func Diff(got, want *Capture) string {
	return diff(got, want, got.Measured || want.Measured, 0)
}

// DiffWithin is like [Diff], but compares the times of Measured captures too. Two times are equal when they
// differ by no more than tolerance, which is not negative. [NoTime] equals only itself.
func DiffWithin(got, want *Capture, tolerance time.Duration) string {
	return diff(got, want, false, tolerance)
}

// diff compares two captures. timeless ignores times.
func diff(got, want *Capture, timeless bool, tolerance time.Duration) string {
	steps := align(got.Records, want.Records)
	d := differ{got: got, want: want, steps: steps, timeless: timeless, tolerance: tolerance}
	d.scan()
	if d.changes == 0 && got.Name == want.Name {
		return ""
	}
	return d.String()
}

// A differ renders the differences of two aligned captures.
type differ struct {
	got, want *Capture
	steps     []step
	changed   []bool // of each step
	changes   int
	first     string // describes the first difference
	timeless  bool   // times are ignored
	tolerance time.Duration
}

// sameTime reports whether two records have the same time, as far as times count.
func (d *differ) sameTime(g, w Record) bool {
	if d.timeless || g.Time == w.Time {
		return true
	}
	return g.Time != NoTime && w.Time != NoTime && (g.Time-w.Time).Abs() <= d.tolerance
}

// scan finds the steps that differ.
func (d *differ) scan() {
	d.changed = make([]bool, len(d.steps))
	for i, s := range d.steps {
		if s.got >= 0 && s.want >= 0 {
			g, w := d.got.Records[s.got], d.want.Records[s.want]
			if g.equal(w) && d.sameTime(g, w) {
				continue
			}
		}
		if d.changes == 0 {
			d.first = d.describe(s)
		}
		d.changed[i] = true
		d.changes++
	}
}

// describe says in words how a step differs.
func (d *differ) describe(s step) string {
	switch {
	case s.got < 0:
		return fmt.Sprintf("missing %s: %s", d.place(s.want), d.want.Records[s.want])
	case s.want < 0:
		return fmt.Sprintf("got record %d is unexpected: %s", s.got+1, d.got.Records[s.got])
	}
	g, w := d.got.Records[s.got], d.want.Records[s.want]
	if len(w.Data) == 0 {
		return d.place(s.want) + ": " + difference(g, w)
	}
	return fmt.Sprintf("%s: %s %s", d.place(s.want), wire.Type(w.Data[0]>>4), difference(g, w))
}

// place says where record i of want is.
func (d *differ) place(i int) string {
	line := 3 // behind the header and the name
	if d.want.Measured {
		line++
	}
	var f formatter
	for k, r := range d.want.Records {
		if f.turns(r.Conn) {
			line++
		}
		if k == i {
			break
		}
		line += 1 + (len(r.Data)+rowBytes-1)/rowBytes
	}
	return fmt.Sprintf("record %d (line %d)", i+1, line)
}

// String renders the summary and the records.
func (d *differ) String() string {
	var b strings.Builder
	if d.changes > 0 {
		verb := "differ"
		if d.changes == 1 {
			verb = "differs"
		}
		fmt.Fprintf(&b, "%d of %d records %s; the first: %s (-want +got)\n", d.changes, len(d.steps), verb, d.first)
	} else {
		b.WriteString("the names differ (-want +got)\n")
	}
	if d.got.Name != d.want.Name {
		fmt.Fprintf(&b, "- %s+ %s", appendName(nil, d.want.Name), appendName(nil, d.got.Name))
	}
	d.records(&b)
	return b.String()
}

// records renders the steps that differ and those around them.
func (d *differ) records(b *strings.Builder) {
	var lines, got, want formatter
	hidden := 0
	for i, s := range d.steps {
		// A formatter must see every record, shown or not.
		var gotLine, wantLine string
		conn := 0
		if s.want >= 0 {
			conn = d.want.Records[s.want].Conn
			wantLine = want.line(d.want.Records[s.want])
		}
		if s.got >= 0 {
			conn = d.got.Records[s.got].Conn
			gotLine = got.line(d.got.Records[s.got])
		}
		if !d.near(i) {
			hidden++
			continue
		}
		if hidden > 0 {
			fmt.Fprintf(b, "  … %d equal\n", hidden)
			hidden = 0
		}
		if lines.turns(conn) {
			fmt.Fprintf(b, "  %s", appendConn(nil, conn))
		}
		if !d.changed[i] {
			b.WriteString("  " + wantLine)
			continue
		}
		if s.want >= 0 {
			b.WriteString("- " + wantLine)
		}
		if s.got >= 0 {
			b.WriteString("+ " + gotLine)
		}
		if s.want >= 0 && s.got >= 0 {
			fmt.Fprintf(b, "? %*s   %s\n", timeCols, "", difference(d.got.Records[s.got], d.want.Records[s.want]))
		}
	}
	if hidden > 0 {
		fmt.Fprintf(b, "  … %d equal\n", hidden)
	}
}

// near reports whether step i differs or is close to one that does.
func (d *differ) near(i int) bool {
	for k := max(i-context, 0); k <= min(i+context, len(d.steps)-1); k++ {
		if d.changed[k] {
			return true
		}
	}
	return false
}

// difference names what differs in two records that are alike.
func difference(got, want Record) string {
	switch {
	case got.equal(want):
		return fmt.Sprintf("time: want %s, got %s", formatTime(want.Time), formatTime(got.Time))
	case len(want.Data) == 0:
		return fmt.Sprintf("want %s, got %s", quote(want.Text), quote(got.Text))
	}
	if s := fieldDifference(got.Data, want.Data); s != "" {
		return s
	}
	at := common(got.Data, want.Data)
	return fmt.Sprintf("byte %d: want %s, got %s", at, byteAt(want.Data, at), byteAt(got.Data, at))
}

// fieldDifference names the first field that differs in two packets of one type, or returns "" when
// one of them is malformed or no field differs.
func fieldDifference(got, want []byte) string {
	g, err := wire.Decode(got)
	if err != nil {
		return ""
	}
	w, err := wire.Decode(want)
	if err != nil || g.Type() != w.Type() {
		return ""
	}
	for _, f := range wire.Fields(w.Type()) {
		gv, gok := wire.Get(g, f.Name)
		wv, wok := wire.Get(w, f.Name)
		if gok != wok || !reflect.DeepEqual(gv, wv) {
			return fmt.Sprintf("%s: want %s, got %s", f.Name, value(wv), value(gv))
		}
	}
	return ""
}

// maxText is the length in bytes up to which a text is shown whole.
const maxText = 64

// value prints the value of a field.
func value(v any) string {
	switch v := v.(type) {
	case nil:
		return "none"
	case string:
		if len(v) > maxText {
			return fmt.Sprintf("%q and %d bytes more", v[:maxText], len(v)-maxText)
		}
		return fmt.Sprintf("%q", v)
	case []string:
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprintf("%+v", v)
}

// byteAt prints the byte at an offset, or that there is none.
func byteAt(b []byte, at int) string {
	if at < len(b) {
		return fmt.Sprintf("%02x", b[at])
	}
	return "the end"
}
