package spool

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// log is a sink that keeps a line for each call.
type log struct {
	mu    sync.Mutex
	lines []string
	fails int           // with the call behind so many
	gate  chan struct{} // the sink waits until it is closed
}

var errFull = errors.New("full")

func (l *log) add(format string, args ...any) error {
	if l.gate != nil {
		<-l.gate
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fails > 0 && len(l.lines) == l.fails {
		return errFull
	}
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
	return nil
}

func (l *log) Record(r capture.Record) error { return l.add("%d %s", r.Conn, r) }
func (l *log) Over(conn int) error           { return l.add("%d over", conn) }
func (l *log) Gap() error                    { return l.add("gap") }
func (l *log) Flush() error                  { return nil }

func (l *log) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.lines...)
}

func open(t testing.TB, dir string, sink Sink, o Options) *Spool {
	t.Helper()
	s, err := Open(dir, sink, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// left returns the names of the files in a folder.
func left(t *testing.T, dir string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

var ping, puback = (&wire.Pingreq{}).Append(nil), (&wire.Puback{PacketID: 1}).Append(nil)

// All kinds of records come out as they went in, a run packet by packet, and no file is left.
func TestRecords(t *testing.T) {
	dir, sink := t.TempDir(), new(log)
	s := open(t, dir, sink, Options{segment: 20})
	s.Add(capture.Record{Time: time.Second, Conn: 1, Kind: capture.Sent, Data: ping})
	s.AddRun(capture.Record{Time: 2 * time.Second, Conn: 2, Kind: capture.Handed, Data: append(puback, ping...)})
	s.Add(capture.Record{Time: capture.NoTime, Kind: capture.Event, Text: "fault down"})
	s.Add(capture.Record{Time: 3 * time.Hour, Conn: 70_000, Kind: capture.Sent, Text: capture.FIN})
	s.Over(1)
	s.Add(capture.Record{Conn: 3, Kind: capture.Sent, Data: []byte{1, 2, 3}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.Add(capture.Record{Conn: 3, Kind: capture.Sent, Data: ping})
	want := []string{
		"1 1.000 > PINGREQ", "2 2.000 < PUBACK id=1", "2 2.000 < PINGREQ", "0 -.--- * fault down", "70000 10800.000 > FIN", "1 over", "3 0.000 > raw 3B",
	}
	if diff := cmp.Diff(want, sink.all()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if names := left(t, dir); len(names) > 0 {
		t.Errorf("%q are left", names)
	}
}

// Many goroutines add; each one's records keep their order, one that is larger than all blocks among them.
func TestOrder(t *testing.T) {
	sink := new(log)
	s := open(t, t.TempDir(), sink, Options{segment: 10_000})
	large := make([]byte, 2*Buffered)
	var all sync.WaitGroup
	for conn := range 8 {
		all.Go(func() {
			for i := range 500 {
				s.Add(capture.Record{Conn: conn + 1, Kind: capture.Sent, Data: (&wire.Puback{PacketID: uint16(i + 1)}).Append(nil)})
			}
			s.Add(capture.Record{Conn: conn + 1, Kind: capture.Sent, Data: large})
		})
	}
	all.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	next := map[string]int{}
	for _, line := range sink.all() {
		conn := line[:1]
		next[conn]++
		want := fmt.Sprintf("%s 0.000 > PUBACK id=%d", conn, next[conn])
		if next[conn] == 501 {
			want = fmt.Sprintf("%s 0.000 > raw %dB", conn, len(large))
		}
		if line != want {
			t.Fatalf("got %q, want %q", line, want)
		}
	}
	if len(sink.all()) != 8*501 {
		t.Errorf("%d records, want %d", len(sink.all()), 8*501)
	}
}

// What comes while little passes is given at the next tick. While much passes, the sink waits until it is less.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(log)
		s := open(t, t.TempDir(), sink, Options{Busy: 1000})
		has := func(n int) {
			t.Helper()
			time.Sleep(tick + time.Millisecond)
			synctest.Wait()
			if got := len(sink.all()); got != n {
				t.Fatalf("the sink has %d records, want %d", got, n)
			}
		}
		small, large := capture.Record{Conn: 1, Kind: capture.Sent, Data: ping}, capture.Record{Conn: 1, Kind: capture.Sent, Data: make([]byte, 1000)}
		s.Add(small)
		has(1)
		s.Add(large)
		has(1)
		s.Add(large)
		has(1)
		s.Add(small)
		has(4)
		for range 2 * blockSize / len(large.Data) {
			s.Add(large)
		}
		synctest.Wait()
		if got := len(sink.all()); got != 4 {
			t.Fatalf("the sink has %d records before the next tick, want 4", got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		has(4 + 2*blockSize/len(large.Data))
	})
}

// The next spool of a folder gives what an earlier one has left, up to where its process was stopped.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		first := open(t, dir, &log{fails: 2, gate: gate}, Options{segment: 40})
		for i := range 20 {
			first.Add(capture.Record{Conn: 1, Kind: capture.Sent, Data: (&wire.Puback{PacketID: uint16(i + 1)}).Append(nil)})
		}
		time.Sleep(2 * tick)
		synctest.Wait()
		close(gate)
		if err := first.Close(); !errors.Is(err, errFull) {
			t.Fatalf("got %v, want %v", err, errFull)
		}
	})
	names := left(t, dir)
	if len(names) < 3 {
		t.Fatalf("%q are left", names)
	}
	last := filepath.Join(dir, names[len(names)-1])
	b, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(last, b[:len(b)-1], 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "spool-000900.bin"), []byte("no spool"), 0o666); err != nil {
		t.Fatal(err)
	}
	sink := new(log)
	second := open(t, dir, sink, Options{})
	second.Add(capture.Record{Conn: 1, Kind: capture.Sent, Data: ping})
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	got := sink.all()
	k := len(got) - 2
	for i, line := range got[:k] {
		if want := fmt.Sprintf("1 0.000 > PUBACK id=%d", i); i > 0 && line != want {
			t.Errorf("got %q, want %q", line, want)
		}
	}
	if diff := cmp.Diff([]string{"gap", "gap", "1 0.000 > PINGREQ"}, append(got[:1:1], got[k:]...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if k < 10 {
		t.Errorf("%d records are left", k-1)
	}
	if names := left(t, dir); len(names) > 0 {
		t.Errorf("%q are left", names)
	}
}

// Behind an error records are ignored, however many they are, and Close returns it.
func TestErrors(t *testing.T) {
	t.Run("sink", func(t *testing.T) {
		s := open(t, t.TempDir(), &log{fails: 1}, Options{})
		testFails(t, s, errFull)
	})
	t.Run("disk", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "gone")
		testFails(t, open(t, dir, new(log), Options{}), os.ErrNotExist)
	})
}

func testFails(t *testing.T, s *Spool, want error) {
	t.Helper()
	for range 2 * blocks {
		s.Add(capture.Record{Conn: 1, Kind: capture.Sent, Data: make([]byte, blockSize)})
	}
	if err := s.Close(); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

// BenchmarkAddRun adds runs of 64 KiB, more than the sink has time for.
func BenchmarkAddRun(b *testing.B) {
	p := (&wire.Publish{Topic: "bench/1", Payload: make([]byte, 16)}).Append(nil)
	data := bytes.Repeat(p, 64<<10/len(p))
	s := open(b, b.TempDir(), new(log), Options{Files: 2, Text: 16 << 20, Busy: 4})
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		s.AddRun(capture.Record{Conn: 1, Kind: capture.Sent, Data: data})
	}
	b.StopTimer()
}
