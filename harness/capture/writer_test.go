package capture_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// Record by record a Writer writes what Format writes of the whole capture.
func TestWriter(t *testing.T) {
	ping := (&wire.Pingreq{}).Append(nil)
	c := &capture.Capture{Name: "a name ", Measured: true, Records: []capture.Record{
		{Time: 1500, Conn: 1, Kind: capture.Sent, Data: ping},
		{Time: 2 * time.Second, Conn: 2, Kind: capture.Event, Text: "fault drop"},
		{Time: time.Second, Conn: 2, Kind: capture.Sent, Data: []byte{0xc0, 0xff, 0xff, 0xff, 0xff, 0xff}},
		{Time: 3 * time.Second, Conn: 2, Kind: capture.Sent, Data: ping},
		{Time: 3 * time.Second, Conn: 1, Kind: capture.Sent, Text: capture.FIN},
	}}
	var b bytes.Buffer
	w, err := capture.NewWriter(&b, c.Name, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range c.Records {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	c.Records[0].Time, c.Records[2].Time = 1000, 2*time.Second
	if diff := cmp.Diff(string(capture.Format(c)), b.String()); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
	if w.Written() != int64(b.Len()) {
		t.Errorf("%d bytes were written, Written says %d", b.Len(), w.Written())
	}
	if _, err := capture.Parse("w", b.Bytes()); err != nil {
		t.Error(err)
	}
}

// The error of the underlying writer is that of each Write behind it.
func TestWriterError(t *testing.T) {
	full := errors.New("full")
	w, err := capture.NewWriter(limited{8, full}, "x", false)
	if !errors.Is(err, full) || !errors.Is(w.Write(capture.Record{Conn: 1, Kind: capture.Event, Text: "x"}), full) {
		t.Errorf("got %v, want %v", err, full)
	}
}

type limited struct {
	n   int
	err error
}

func (l limited) Write([]byte) (int, error) { return l.n, l.err }

// A Recorder that discards gives each record to OnRecord and keeps none.
func TestRecorderDiscard(t *testing.T) {
	r := capture.NewRecorder("x", nil)
	r.Discard = true
	n := 0
	r.OnRecord = func(capture.Record) { n++ }
	for range 3 {
		r.Bytes(1, capture.Sent, []byte{0xc0, 0, 0xc0, 0})
	}
	if n != 6 || r.Len() != 0 {
		t.Errorf("%d records were given and %d kept, want 6 and 0", n, r.Len())
	}
}
