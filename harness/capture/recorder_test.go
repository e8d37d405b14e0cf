package capture_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"umqtt/harness/capture"
)

// lines returns the records as lines, without their times.
func lines(c *capture.Capture) []string {
	var s []string
	for _, r := range c.Timeless().Records {
		s = append(s, r.String()[len("-.--- "):])
	}
	return s
}

func TestRecorder(t *testing.T) {
	ping, pong, puback := []byte{0xc0, 0}, []byte{0xd0, 0}, []byte{0x40, 2, 0, 1}
	for name, tt := range map[string]struct {
		do   func(*capture.Recorder)
		want []string
	}{
		"two packets in one piece": {
			do:   func(r *capture.Recorder) { r.Bytes(1, capture.Sent, slices.Concat(ping, puback)) },
			want: []string{"> PINGREQ", "> PUBACK id=1"},
		},
		"directions and connections do not mix": {
			do: func(r *capture.Recorder) {
				r.Bytes(1, capture.Sent, ping[:1])
				r.Bytes(1, capture.Handed, pong[:1])
				r.Bytes(2, capture.Sent, puback)
				r.Bytes(1, capture.Handed, pong[1:])
				r.Bytes(1, capture.Sent, ping[1:])
			},
			want: []string{"> PUBACK id=1", "< PINGRESP", "> PINGREQ"},
		},
		"half a packet is recorded before the end, once": {
			do: func(r *capture.Recorder) {
				r.Bytes(1, capture.Sent, puback[:3])
				r.Bytes(1, capture.Handed, pong[:1])
				r.End(1, capture.Sent, capture.FIN)
				r.End(1, capture.Handed, capture.RST)
				r.Freeze()
			},
			want: []string{"> raw 3B", "> FIN", "< raw 1B", "< RST"},
		},
		"an end with nothing before it": {
			do:   func(r *capture.Recorder) { r.End(7, capture.Handed, capture.RST) },
			want: []string{"< RST"},
		},
		"no bytes are no record": {
			do:   func(r *capture.Recorder) { r.Bytes(1, capture.Sent, nil); r.Flush(1); r.Flush(2) },
			want: nil,
		},
		"flush before an event that ends the connection": {
			do: func(r *capture.Recorder) {
				r.Bytes(1, capture.Handed, pong[:1])
				r.Bytes(1, capture.Sent, puback[:2])
				r.Bytes(2, capture.Sent, puback[:3])
				r.Event(1, "another event")
				r.Flush(1)
				r.Event(1, "fault cut rst")
			},
			want: []string{"* another event", "> raw 2B", "< raw 1B", "* fault cut rst"},
		},
		"raw once the stream is not MQTT, that direction only": {
			do: func(r *capture.Recorder) {
				r.Bytes(1, capture.Handed, slices.Concat(pong, []byte{0x30, 255, 255, 255, 255}))
				r.Bytes(1, capture.Handed, []byte{1, 2, 3})
				r.Bytes(1, capture.Sent, ping)
				r.End(1, capture.Handed, capture.FIN)
			},
			want: []string{"< PINGRESP", "< raw 5B", "< raw 3B", "> PINGREQ", "< FIN"},
		},
		"freeze flushes in order and ends it": {
			do: func(r *capture.Recorder) {
				for conn := 3; conn > 0; conn-- {
					r.Bytes(conn, capture.Handed, pong[:1])
					r.Bytes(conn, capture.Sent, puback[:4-conn])
				}
				r.Freeze()
				r.Bytes(1, capture.Sent, puback)
				r.End(1, capture.Sent, capture.FIN)
				r.Event(1, "late")
				r.Flush(1)
				r.Freeze()
			},
			want: []string{"> raw 3B", "< raw 1B", "> raw 2B", "< raw 1B", "> raw 1B", "< raw 1B"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := capture.NewRecorder("x", nil)
			tt.do(r)
			if diff := cmp.Diff(tt.want, lines(r.Capture())); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			if r.Len() != len(tt.want) {
				t.Errorf("Len() = %d, want %d", r.Len(), len(tt.want))
			}
		})
	}
}

// TestChunks cuts streams of packets at any places: the records are the packets.
func TestChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.SliceOfN(packets(), 1, 6).Draw(t, "packets")
		rest := rapid.SampledFrom([][]byte{nil, {0x30}, {0x30, 2, 0}}).Draw(t, "rest")
		stream := slices.Concat(append(whole, rest)...)
		r := capture.NewRecorder("x", nil)
		want := &capture.Capture{Name: "x"}
		for _, p := range append(whole, rest) {
			if len(p) > 0 {
				want.Records = append(want.Records, capture.Record{Time: capture.NoTime, Conn: 1, Kind: capture.Sent, Data: p})
			}
		}
		for rest := stream; len(rest) > 0; {
			n := rapid.IntRange(0, len(rest)).Draw(t, "n")
			r.Bytes(1, capture.Sent, rest[:n])
			rest = rest[n:]
		}
		r.Flush(1)
		got := r.Capture()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("records (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[capture.Stream][]byte{{Conn: 1, Kind: capture.Sent}: stream}, capture.Streams(got)); diff != "" {
			t.Fatalf("Streams (-want +got):\n%s", diff)
		}
	})
}

func TestRecorderTimes(t *testing.T) {
	var now time.Duration
	r := capture.NewRecorder("x", func() time.Duration { return now })
	r.Bytes(1, capture.Sent, []byte{0xc0})
	now = time.Second
	r.Bytes(1, capture.Sent, []byte{0, 0xc0})
	now = 2 * time.Second
	r.End(1, capture.Sent, capture.FIN)
	var got []time.Duration
	for _, rec := range r.Since(0) {
		got = append(got, rec.Time)
	}
	want := []time.Duration{time.Second, 2 * time.Second, 2 * time.Second} // a packet's time is that of its last byte
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("times (-want +got):\n%s", diff)
	}
}

// TestRecorderKeeps holds that the recorder keeps neither the caller's bytes nor gives away its own list.
func TestRecorderKeeps(t *testing.T) {
	r := capture.NewRecorder("x", nil)
	b := []byte{0x40, 2, 0, 1}
	r.Bytes(1, capture.Sent, b)
	first := r.Capture()
	b[3] = 9
	first.Records[0] = capture.Record{}
	r.Bytes(1, capture.Sent, b)
	if diff := cmp.Diff([]string{"> PUBACK id=1", "> PUBACK id=9"}, lines(r.Capture())); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if len(first.Records) != 1 {
		t.Errorf("a snapshot grew to %d records", len(first.Records))
	}
	if got := lines(&capture.Capture{Records: r.Since(1)}); !slices.Equal(got, []string{"> PUBACK id=9"}) {
		t.Errorf("Since(1) = %v", got)
	}
	if got := r.Since(2); got != nil {
		t.Errorf("Since(2) = %v, want nil", got)
	}
}

// TestOnRecord holds that the hook sees each record once, may use the recorder, and that a recorder
// may be used from several goroutines. It needs the race detector to be of full use.
func TestOnRecord(t *testing.T) {
	const conns, each = 4, 50
	start := time.Now()
	r := capture.NewRecorder("x", func() time.Duration { return time.Since(start) })
	var mu sync.Mutex
	seen := make(map[int]int)
	r.OnRecord = func(rec capture.Record) {
		if r.Len() == 0 {
			t.Error("the hook runs before its record is there")
		}
		mu.Lock()
		defer mu.Unlock()
		seen[rec.Conn]++
	}
	var wg sync.WaitGroup
	for conn := 1; conn <= conns; conn++ {
		wg.Go(func() {
			for range each {
				r.Bytes(conn, capture.Sent, []byte{0xc0})
				r.Bytes(conn, capture.Sent, []byte{0})
				r.Event(conn, "event")
			}
		})
	}
	wg.Wait()
	want := map[int]int{1: 2 * each, 2: 2 * each, 3: 2 * each, 4: 2 * each}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("calls of the hook (-want +got):\n%s", diff)
	}
	c := r.Capture()
	if !slices.IsSortedFunc(c.Records, func(a, b capture.Record) int { return int(a.Time - b.Time) }) {
		t.Error("times go backwards")
	}
}

func TestRecorderRefuses(t *testing.T) {
	for name, do := range map[string]func(*capture.Recorder){
		"bytes of an event":      func(r *capture.Recorder) { r.Bytes(1, capture.Event, []byte{1}) },
		"the end of an event":    func(r *capture.Recorder) { r.End(1, capture.Event, capture.FIN) },
		"an end of another kind": func(r *capture.Recorder) { r.End(1, capture.Sent, "fin") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			do(capture.NewRecorder("x", nil))
		})
	}
}
