package capture

import (
	"io"
	"time"
)

// A Writer writes a capture in the .wire format, one record after another, for a recording that is too long
// to be kept. What it has written is a whole capture after each record. It is not safe for concurrent use.
type Writer struct {
	w        io.Writer
	f        formatter
	measured bool
	last     time.Duration
	n        int64
	err      error
	buf      []byte // of a record
}

// maxKept is how many bytes of buffer are kept from one record to the next.
const maxKept = 256 << 10

// NewWriter writes the beginning of a capture of that name to w. With measured, the times are those of a real
// clock, and are written to the microsecond.
func NewWriter(w io.Writer, name string, measured bool) (*Writer, error) {
	x := &Writer{w: w, measured: measured}
	x.write(appendHead([]byte(header+"\n"), &Capture{Name: name, Measured: measured}))
	return x, x.err
}

// Write writes a record. Records may come a little out of order, as those of several connections do: one with
// a time before that of the record before it gets that record's time. After an error Write returns it again.
func (x *Writer) Write(r Record) error {
	if x.err != nil {
		return x.err
	}
	if x.measured && r.Time != NoTime {
		r.Time = r.Time.Truncate(time.Microsecond)
	}
	if r.Time != NoTime {
		r.Time = max(r.Time, x.last)
		x.last = r.Time
	}
	b := x.buf[:0]
	if x.f.turns(r.Conn) {
		b = appendConn(b, r.Conn)
	}
	b = x.f.appendRecord(b, r)
	x.write(b)
	if x.buf = b; cap(b) > maxKept {
		x.buf = nil
	}
	return x.err
}

// Written returns how many bytes were written.
func (x *Writer) Written() int64 { return x.n }

// Over forgets a connection of which no record will come.
func (x *Writer) Over(conn int) {
	delete(x.f.raw, Stream{conn, Sent})
	delete(x.f.raw, Stream{conn, Handed})
}

func (x *Writer) write(b []byte) {
	n, err := x.w.Write(b)
	x.n += int64(n)
	x.err = err
}
