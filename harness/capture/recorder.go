package capture

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"umqtt/harness/wire"
)

// A Recorder makes a [Capture]. It is safe for concurrent use; times never go backwards as long as
// its clock does not.
type Recorder struct {
	// OnRecord, when set before the first use, is called after each record that is added, in the
	// goroutine that added it and with no lock held, so that a player can wake up. It may use the
	// Recorder. Calls made by different goroutines may overtake each other.
	OnRecord func(Record)
	// Discard, when set before the first use, gives each record to OnRecord and does not keep it: the memory
	// of the Recorder does not grow with what passes. [Recorder.Capture] is empty then.
	Discard bool
	// OnRun, when set before the first use, beside OnRecord and Discard, is called in place of OnRecord with what
	// [Recorder.Packets] was given: one record whose Data are packets that are whole, one behind the other. Data is
	// valid during the call.
	OnRun func(Record)

	now func() time.Duration

	mu      sync.Mutex
	name    string
	records []Record
	streams map[Stream]*stream
	frozen  bool
}

// A stream frames one direction of one connection.
type stream struct {
	framer wire.Framer
	raw    bool // the stream is no longer MQTT, or a part of a packet was flushed
}

// NewRecorder returns a recorder for a capture of that name. now is the clock, counting from the
// capture's beginning; with none every record has [NoTime].
func NewRecorder(name string, now func() time.Duration) *Recorder {
	if now == nil {
		now = func() time.Duration { return NoTime }
	}
	return &Recorder{now: now, name: name, streams: make(map[Stream]*stream)}
}

// Bytes records the next bytes of a direction, k being [Sent] or [Handed]. Each packet they complete
// becomes a record; the beginning of another one waits for its rest. Once the bytes cannot be MQTT (a
// remaining length of five bytes) they are recorded as they come, one record for each call.
func (r *Recorder) Bytes(conn int, k Kind, b []byte) {
	mustMove(k)
	if len(b) == 0 {
		return
	}
	r.locked(func() {
		s := r.stream(conn, k)
		if s.raw {
			r.add(conn, k, b, "")
			return
		}
		s.framer.Write(b) // it buffers and cannot fail
		for {
			frame, err := s.framer.Next()
			if err != nil {
				r.rest(conn, k)
				return
			}
			if frame == nil {
				return
			}
			r.add(conn, k, frame, "")
		}
	})
}

// Packets is like [Recorder.Bytes] for bytes that are whole packets, which the caller has framed. It is faster.
func (r *Recorder) Packets(conn int, k Kind, b []byte) {
	mustMove(k)
	whole, run := false, false
	r.locked(func() {
		s := r.streams[Stream{conn, k}]
		if whole = s == nil || !s.raw && len(s.framer.Rest()) == 0; !whole {
			return
		}
		if run = r.OnRun != nil && r.Discard; run {
			return
		}
		for p := range Packets(b) {
			r.add(conn, k, p, "")
		}
	})
	switch {
	case run:
		r.OnRun(Record{Time: r.now(), Conn: conn, Kind: k, Data: b})
	case !whole:
		r.Bytes(conn, k, b)
	}
}

// Packets yields the packets that are whole at the beginning of b, one after another.
func Packets(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			n := wire.Length(b)
			if n == 0 || !yield(b[:n:n]) {
				return
			}
			b = b[n:]
		}
	}
}

// End records that a direction ended; how is [FIN] or [RST], anything else panics. A packet that was
// not complete is recorded before it.
func (r *Recorder) End(conn int, k Kind, how string) {
	mustMove(k)
	if how != FIN && how != RST {
		panic(fmt.Sprintf("capture: a direction ends by %s or %s, not %q", FIN, RST, how))
	}
	r.locked(func() {
		r.rest(conn, k)
		r.add(conn, k, nil, how)
	})
}

// Event records an event of a connection, or of none with conn 0. Before an event that ends the
// connection call [Recorder.Flush].
func (r *Recorder) Event(conn int, text string) {
	r.locked(func() { r.add(conn, Event, nil, text) })
}

// Flush records what there is of packets that are not complete on a connection, those sent first.
// The connection's stream is taken for raw bytes from there on.
func (r *Recorder) Flush(conn int) {
	r.locked(func() {
		r.rest(conn, Sent)
		r.rest(conn, Handed)
	})
}

// Freeze flushes all connections in the order of their numbers and ends the recording: later calls
// record nothing.
func (r *Recorder) Freeze() {
	r.locked(func() {
		var open []Stream
		for s := range r.streams {
			open = append(open, s)
		}
		slices.SortFunc(open, func(a, b Stream) int {
			return cmp.Or(cmp.Compare(a.Conn, b.Conn), -cmp.Compare(a.Kind, b.Kind)) // '>' sorts behind '<'
		})
		for _, s := range open {
			r.rest(s.Conn, s.Kind)
		}
		r.frozen = true
	})
}

// Capture returns what was recorded so far. The beginning of a packet that is not complete is not
// in it. The result is the caller's, except for the records' Data, which must not be changed.
func (r *Recorder) Capture() *Capture {
	return &Capture{Name: r.name, Records: slices.Clone(r.Since(0))}
}

// Len returns the number of records so far.
func (r *Recorder) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.records)
}

// Since returns the records from index i on, nil when there are none. It takes the same time however many
// there are: the records are the recorder's own and must not be changed.
func (r *Recorder) Since(i int) []Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i >= len(r.records) {
		return nil
	}
	return slices.Clip(r.records[max(i, 0):]) // records are never changed once they are added
}

// locked runs f, which may add records, unless the recorder is frozen, and then reports the new ones.
func (r *Recorder) locked(f func()) {
	r.mu.Lock()
	if r.frozen {
		r.mu.Unlock()
		return
	}
	n := len(r.records)
	f()
	added := r.records[n:len(r.records):len(r.records)] // records are never changed once they are added
	if r.Discard {
		r.records = nil
	}
	r.mu.Unlock()
	if r.OnRecord != nil {
		for _, rec := range added {
			r.OnRecord(rec)
		}
	}
}

// add appends a record with a copy of data.
func (r *Recorder) add(conn int, k Kind, data []byte, text string) {
	r.records = append(r.records, Record{Time: r.now(), Conn: conn, Kind: k, Data: slices.Clone(data), Text: text})
}

// rest records the bytes of a direction that are no whole packet, if there are any; the direction is
// raw from then on.
func (r *Recorder) rest(conn int, k Kind) {
	s, ok := r.streams[Stream{conn, k}]
	if !ok {
		return
	}
	if rest := s.framer.Rest(); len(rest) > 0 {
		r.add(conn, k, rest, "")
		s.framer.Reset()
		s.raw = true
	}
}

// stream returns the state of a direction.
func (r *Recorder) stream(conn int, k Kind) *stream {
	key := Stream{conn, k}
	s, ok := r.streams[key]
	if !ok {
		s = new(stream)
		r.streams[key] = s
	}
	return s
}

// mustMove panics unless k is a direction.
func mustMove(k Kind) {
	if k != Sent && k != Handed {
		panic(fmt.Sprintf("capture: kind %q is no direction", byte(k)))
	}
}
