// Package capture records what passed on the subject's side of a link, and reads, writes, compares
// and draws such recordings.
//
// A [Recorder] takes the bytes of any number of connections and makes one [Record] of each whole
// MQTT packet, however the bytes were cut up on their way. Records and events stand in the order in
// which they happened:
//
//	rec := capture.NewRecorder("qos1/puback-lost", clock)
//	rec.Bytes(1, capture.Sent, chunk)  // as the subject sent it, before faults
//	rec.Bytes(1, capture.Handed, pkt)  // as it was handed over, after faults
//	rec.Event(1, "fault cut rst")
//	os.WriteFile("puback-lost.wire", capture.Format(rec.Capture()), 0o666)
//
// # The .wire format
//
// [Format] writes annotated hex, [Parse] reads it back. The hex is the truth: the annotation is
// derived from it anew on load, and one that disagrees is an error.
//
//	mqtt-capture 1
//	# qos1/puback-lost
//	= conn 1
//	   0.000 > CONNECT level=4 clean=0 keepalive=5 id="c1"
//		10 0e 00 04 4d 51 54 54 04 00 00 05 00 02 63 31
//	   0.000 < CONNACK sp=0 code=0
//		20 02 00 00
//	   0.000 * fault cut rst
//	   0.000 > RST
//
// The first line is the header with the version, the second one names the capture. The line "# measured
// times" may follow: a real clock measured the times, which are then a comment. "= conn N" says
// to which connection the records below it belong. A record has its time in seconds, right-aligned
// to eight columns with three to nine decimals ("-.---" when it has none); then ">" for what the
// subject sent, "<" for what it was handed, or "*" for an event; then the text. Hex lines begin with
// a tab and hold sixteen bytes, the last one of a record up to sixteen. FIN or RST without hex is the
// end of that direction. Bytes that are no whole packet, and all bytes behind them in their stream,
// are annotated "raw 5B". A name or event that could be misread is written as a quoted Go string.
//
// There is one way to write a capture: Format(Parse(x)) is x for every x that Parse accepts, but for lines that end in
// CR LF.
package capture

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"time"

	"umqtt/harness/wire"
)

// A Capture is a recording: a name, and what happened in the order in which it happened.
type Capture struct {
	// Name is the scenario's name, such as "qos1/puback-lost".
	Name string
	// Measured tells that the times were measured with a real clock. They differ from run to run, so that
	// they are a comment: [Diff] ignores them and [DiffWithin] compares them.
	Measured bool
	// Records stand in the order of time. Those of one connection and direction are, up to the first
	// that is no whole packet, one packet each.
	Records []Record
}

// Kind is the kind of a record, and the sign it has in the .wire format.
type Kind byte

// The kinds of a record.
const (
	Sent   Kind = '>' // bytes, or an end, as the subject sent them, before faults
	Handed Kind = '<' // bytes, or an end, as the subject was handed them, after faults
	Event  Kind = '*' // something else: a fault, or what the peer saw otherwise
)

// String returns the sign of k in the .wire format.
func (k Kind) String() string { return string(rune(k)) }

// Direction returns the direction in which bytes of kind k travel; ok is false for events.
func (k Kind) Direction() (dir wire.Direction, ok bool) {
	switch k {
	case Sent:
		return wire.ToServer, true
	case Handed:
		return wire.ToClient, true
	}
	return 0, false
}

// The ends of a direction, as [Recorder.End] takes them and [Record] has them in Text.
const (
	FIN = "FIN" // the orderly end of a stream
	RST = "RST" // the reset of a connection
)

// NoTime is the time of a record whose time is not known or must not matter; it prints as "-.---".
const NoTime time.Duration = -1

// A Record is one packet, the end of one direction, or an event.
type Record struct {
	// Time is the time since the capture began, from 0, or [NoTime]. That of a packet is the time of
	// its last byte.
	Time time.Duration
	// Conn is the number of the connection, from 1 in the order of dialing; 0 is for an event that
	// belongs to none.
	Conn int
	// Kind tells direction or event.
	Kind Kind
	// Data is the packet; empty for an event and for the end of a direction. It must not be changed.
	Data []byte
	// Text is the event's text, or [FIN] or [RST] for the end of a direction; empty where there is Data.
	Text string
}

// Packet decodes the record's bytes strictly as a packet of its direction. The error is a
// [*wire.Violation]; an event and an end have neither packet nor error.
func (r Record) Packet() (wire.Packet, error) {
	dir, ok := r.Kind.Direction()
	if !ok || len(r.Data) == 0 {
		return nil, nil
	}
	return wire.DecodeFrom(dir, r.Data)
}

// String returns the record's first line in the .wire format, without the leading blanks.
func (r Record) String() string {
	return formatTime(r.Time) + " " + r.Kind.String() + " " + r.text(false)
}

// text returns what stands behind the record's sign. raw tells that the stream stopped being MQTT
// before this record.
func (r Record) text(raw bool) string {
	switch {
	case len(r.Data) == 0:
		return quote(r.Text)
	case raw:
		return rawText(r.Data)
	}
	return wire.Describe(r.Data)
}

// equal reports whether r and o are the same but for their times.
func (r Record) equal(o Record) bool {
	return r.Conn == o.Conn && r.Kind == o.Kind && r.Text == o.Text && string(r.Data) == string(o.Data)
}

// Hash returns a digest, in hexadecimal, of everything in c, times to the nanosecond included. Two
// captures have the same hash when and only when they are equal.
func (c *Capture) Hash() string {
	h := sha256.New()
	var buf []byte
	field := func(s string) {
		buf = binary.AppendUvarint(buf, uint64(len(s)))
		buf = append(buf, s...)
	}
	field(c.Name)
	if c.Measured {
		field(measured)
	}
	for _, r := range c.Records {
		buf = binary.AppendVarint(buf, int64(r.Time))
		buf = binary.AppendVarint(buf, int64(r.Conn))
		buf = append(buf, byte(r.Kind))
		buf = binary.AppendUvarint(buf, uint64(len(r.Data)))
		h.Write(buf)
		h.Write(r.Data) // not copied: it may be long
		buf = buf[:0]
		field(r.Text)
		h.Write(buf)
		buf = buf[:0]
	}
	h.Write(buf)
	return hex.EncodeToString(h.Sum(nil))
}

// AsMeasured returns a copy of c that is Measured, with times to the microsecond: what is kept of a run over
// real sockets.
func (c *Capture) AsMeasured() *Capture {
	m := &Capture{Name: c.Name, Measured: true, Records: slices.Clone(c.Records)}
	for i, r := range m.Records {
		if r.Time != NoTime {
			m.Records[i].Time = r.Time.Truncate(time.Microsecond)
		}
	}
	return m
}

// Timeless returns a copy of c in which no record has a time: what two runs over real sockets have in
// common.
func (c *Capture) Timeless() *Capture {
	t := &Capture{Name: c.Name, Records: make([]Record, len(c.Records))}
	for i, r := range c.Records {
		r.Time = NoTime
		t.Records[i] = r
	}
	return t
}

// A Stream is one direction of one connection.
type Stream struct {
	Conn int
	Kind Kind // Sent or Handed
}

// Streams returns the bytes that passed in each direction of each connection: what two worlds must
// agree on where neither time nor the order between directions can be compared. A direction in which
// nothing passed is absent.
func Streams(c *Capture) map[Stream][]byte {
	m := make(map[Stream][]byte)
	for _, r := range c.Records {
		if len(r.Data) > 0 {
			s := Stream{r.Conn, r.Kind}
			m[s] = append(m[s], r.Data...)
		}
	}
	return m
}
