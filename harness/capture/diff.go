package capture

import (
	"fmt"
	"reflect"
	"strings"

	"umqtt/harness/wire"
)

const (
	context  = 3       // equal records shown around a difference
	maxCells = 4 << 20 // cells of the largest alignment table
)

// Diff compares two captures, times to the nanosecond included, and returns "" when they are equal.
// Otherwise it returns a summary that points at the first difference, and the records that differ
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
	steps := align(got.Records, want.Records)
	d := differ{got: got, want: want, steps: steps}
	d.scan()
	if d.changes == 0 && got.Name == want.Name {
		return ""
	}
	return d.String()
}

// A step of an alignment: the index of a record in each capture, -1 for none.
type step struct{ got, want int }

// align pairs the records of two captures in order: first those that are equal but for their times,
// as many as possible, then among the rest those that are the same packet with other contents.
func align(got, want []Record) []step {
	head := 0
	for head < len(got) && head < len(want) && got[head].equal(want[head]) {
		head++
	}
	tail := 0
	for tail < len(got)-head && tail < len(want)-head && got[len(got)-1-tail].equal(want[len(want)-1-tail]) {
		tail++
	}
	var steps []step
	for i := range head {
		steps = append(steps, step{i, i})
	}
	g, w := got[head:len(got)-tail], want[head:len(want)-tail]
	for _, s := range refine(g, w, matches(g, w)) {
		steps = append(steps, shift(s, head))
	}
	for i := range tail {
		steps = append(steps, step{len(got) - tail + i, len(want) - tail + i})
	}
	return steps
}

// shift moves a step by n records.
func shift(s step, n int) step {
	if s.got >= 0 {
		s.got += n
	}
	if s.want >= 0 {
		s.want += n
	}
	return s
}

// matches returns the longest common subsequence of two lists of records, as pairs of indices. Of
// lists too long for its table it returns none.
func matches(got, want []Record) []step {
	rows, cols := len(got)+1, len(want)+1
	if rows*cols > maxCells {
		return nil
	}
	table := make([]int32, rows*cols) // length of the longest one of got[i:] and want[j:]
	for i := len(got) - 1; i >= 0; i-- {
		for j := len(want) - 1; j >= 0; j-- {
			n := max(table[(i+1)*cols+j], table[i*cols+j+1])
			if got[i].equal(want[j]) {
				n = table[(i+1)*cols+j+1] + 1
			}
			table[i*cols+j] = n
		}
	}
	var pairs []step
	for i, j := 0, 0; i < len(got) && j < len(want); {
		switch {
		case got[i].equal(want[j]):
			pairs = append(pairs, step{i, j})
			i, j = i+1, j+1
		case table[(i+1)*cols+j] > table[i*cols+j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// refine fills the gaps between matching records: a record of got goes with the next one of want in
// the same gap that is its like, the others stand alone, those of want first.
func refine(got, want []Record, pairs []step) []step {
	var steps []step
	i, j := 0, 0
	for _, end := range append(pairs, step{len(got), len(want)}) {
		for ; i < end.got; i++ {
			for k := j; k < end.want; k++ {
				if got[i].like(want[k]) {
					for ; j < k; j++ {
						steps = append(steps, step{-1, j})
					}
					break
				}
			}
			if j < end.want && got[i].like(want[j]) {
				steps = append(steps, step{i, j})
				j++
			} else {
				steps = append(steps, step{i, -1})
			}
		}
		for ; j < end.want; j++ {
			steps = append(steps, step{-1, j})
		}
		if end.got < len(got) && end.want < len(want) {
			steps = append(steps, end)
			i, j = end.got+1, end.want+1
		}
	}
	return steps
}

// like reports whether r and o are of the same kind, so that they can be compared field by field.
func (r Record) like(o Record) bool {
	if r.Conn != o.Conn || r.Kind != o.Kind || (len(r.Data) > 0) != (len(o.Data) > 0) {
		return false
	}
	if len(r.Data) > 0 {
		return r.Data[0]>>4 == o.Data[0]>>4
	}
	return true
}

// A differ renders the differences of two aligned captures.
type differ struct {
	got, want *Capture
	steps     []step
	changed   []bool // of each step
	changes   int
	first     string // describes the first difference
}

// scan finds the steps that differ.
func (d *differ) scan() {
	d.changed = make([]bool, len(d.steps))
	for i, s := range d.steps {
		var what string
		switch {
		case s.got < 0:
			what = "missing " + d.place(s.want) + ": " + d.want.Records[s.want].String()
		case s.want < 0:
			what = fmt.Sprintf("got record %d is unexpected: %s", s.got+1, d.got.Records[s.got])
		default:
			g, w := d.got.Records[s.got], d.want.Records[s.want]
			if g.equal(w) && g.Time == w.Time {
				continue
			}
			what = d.place(s.want) + ": "
			if len(w.Data) > 0 {
				what += wire.Type(w.Data[0]>>4).String() + " "
			}
			what += difference(g, w)
		}
		if d.changes == 0 {
			d.first = what
		}
		d.changed[i] = true
		d.changes++
	}
}

// place says where record i of want is.
func (d *differ) place(i int) string {
	line := 3 // behind the header and the name
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

// line returns the first line of a record.
func (f *formatter) line(r Record) string {
	return fmt.Sprintf("%*s %c %s\n", timeCols, formatTime(r.Time), r.Kind, f.text(r))
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
