// Package spool keeps records on disk in a compact form until there is time to write them as text.
//
// A .wire file is three to six times as large as what passed, and takes as much longer to write. A [Spool] takes
// records about as fast as memory is copied, writes them to segment files, and gives them to a [Sink], in their order:
// at once where little passes, and once there is time where much does.
//
//	s, err := spool.Open(dir, sink, spool.Options{Files: 8, Text: 16 << 20})
//	s.Add(record)
//	err = s.Close() // all that was added has been given to the sink
//
// Memory is bounded by [Buffered] and one record. The disk is bounded where Options has the bounds of the sink: records
// that the sink would have removed again are left out. A process that does not come to Close leaves its segments
// behind, and the next Open of the folder gives them to its sink; of what was added in the last tenth of a second
// before a crash, some may be missing.
package spool

import (
	"cmp"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"umqtt/harness/capture"
)

// A Sink gets the records of a spool, from one goroutine at a time. An error ends the spool.
type Sink interface {
	// Record is called with each record, with one packet each. Its Data is valid during the call.
	Record(r capture.Record) error
	// Over is called behind the last record of a connection.
	Over(conn int) error
	// Gap is called where the next record does not follow the one before it: records between them were left out, or
	// another process has added them.
	Gap() error
	// Flush is called where there are no more records for now.
	Flush() error
}

// Options are bounds of a spool. The zero value leaves nothing out.
type Options struct {
	// Files is how many files the sink keeps, the newest ones, and Text the size in bytes behind which it begins the
	// next. Records that so much text follows that none of those files can have them are left out, if they have not
	// been given to the sink by then. 0 keeps all.
	Files int
	Text  int64
	// Busy is how many bytes a second may come while the sink is given records; it waits while more come. 0 is 8 MiB.
	Busy int64

	segment int64 // bytes of a segment, for tests
}

// Buffered bounds the bytes in memory that wait for the disk; a record that comes then waits, too.
const Buffered = blocks * blockSize

const (
	blocks      = 8
	blockSize   = 256 << 10
	tick        = 100 * time.Millisecond // a block is written after so long, full or not
	defaultBusy = 8 << 20
	leastBytes  = 4 << 20  // of a segment
	mostBytes   = 64 << 20 // of a segment
)

// A Spool takes records and gives them to a sink. Its methods are safe for concurrent use.
type Spool struct {
	dir  string
	sink Sink
	o    Options
	free chan []byte
	full chan block // blocks for the disk
	done sync.WaitGroup
	stop chan struct{}
	busy atomic.Bool // more comes than Options.Busy
	dead atomic.Bool // there was an error: nothing more is added

	file *os.File // the segment that is being written; the writer's alone

	adding sync.Mutex // guards what follows
	open   block
	came   int64 // bytes since the last tick
	number int   // of the segment that is open
	ended  bool  // by Close

	mu       sync.Mutex // guards what follows, and segments
	changed  sync.Cond
	segments []*segment // on disk, the oldest first
	spare    []string   // names of files that can be used again
	longest  int64      // text of the longest record, in bytes
	closed   bool       // all is on disk
	err      error      // the first one
}

// block is a part of a segment in memory.
type block struct {
	b   []byte
	seg *segment
}

// Open opens the spool of a folder, which must be there, and in which no other process has a spool. What a process has
// left there is given to the sink first.
func Open(dir string, sink Sink, o Options) (*Spool, error) {
	o.Busy = cmp.Or(o.Busy, defaultBusy)
	s := &Spool{
		dir: dir, sink: sink, o: o,
		free: make(chan []byte, blocks), full: make(chan block, blocks), stop: make(chan struct{}),
	}
	s.changed.L = &s.mu
	var err error
	if s.segments, err = leftovers(dir); err != nil {
		return nil, err
	}
	for range blocks {
		s.free <- make([]byte, 0, blockSize)
	}
	if k := len(s.segments); k > 0 {
		s.number = s.segments[k-1].number
	}
	s.begin()
	s.open.seg.gap = len(s.segments) > 0
	s.done.Go(s.write)
	s.done.Go(s.give)
	s.done.Go(s.ticks)
	return s, nil
}

// Add adds a record. It does not keep r.Data. It waits where the disk does not keep up.
func (s *Spool) Add(r capture.Record) { s.add(r, 0) }

// AddRun adds packets that are whole, one behind the other in r.Data, which it does not keep.
func (s *Spool) AddRun(r capture.Record) { s.add(r, run) }

// Over adds that no more records of a connection come.
func (s *Spool) Over(conn int) { s.add(capture.Record{Conn: conn}, over) }

func (s *Spool) add(r capture.Record, flags byte) {
	if s.dead.Load() {
		return
	}
	var head [maxHead]byte
	h := appendHead(head[:0], r, flags)
	s.adding.Lock()
	defer s.adding.Unlock()
	if s.ended {
		return
	}
	seg := s.open.seg
	if seg.bytes >= s.segmentBytes() {
		s.pass()
		s.begin()
		seg = s.open.seg
	}
	seg.counts(len(h), r)
	if s.came += int64(len(h) + len(r.Data)); s.came > s.perTick() {
		s.busy.Store(true)
	}
	put(s, h)
	put(s, r.Data)
	put(s, r.Text)
}

// put appends bytes to the open segment.
func put[B []byte | string](s *Spool, b B) {
	for len(b) > 0 {
		if s.open.b == nil {
			s.open.b = <-s.free
		}
		k := min(len(b), cap(s.open.b)-len(s.open.b))
		s.open.b = append(s.open.b, b[:k]...)
		if b = b[k:]; len(s.open.b) == cap(s.open.b) {
			s.pass()
		}
	}
}

// begin begins the next segment.
func (s *Spool) begin() {
	s.number++
	s.open.seg = newSegment(s.dir, s.number)
}

// pass has the open block written.
func (s *Spool) pass() {
	if s.open.b != nil {
		s.full <- s.open // there is room for all blocks
		s.open.b = nil
	}
}

// segmentBytes returns how many bytes a segment has before the next one begins.
func (s *Spool) segmentBytes() int64 {
	return cmp.Or(s.o.segment, min(max(int64(s.o.Files)*s.o.Text/24, leastBytes), mostBytes))
}

// perTick is how many bytes may come between two ticks without the sink having to wait.
func (s *Spool) perTick() int64 { return s.o.Busy / int64(time.Second/tick) }

// ticks has the open block written now and then, and looks at how much comes.
func (s *Spool) ticks() {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-s.stop:
			return
		}
		s.adding.Lock()
		if !s.ended {
			s.pass()
		}
		s.busy.Store(s.came > s.perTick())
		s.came = 0
		s.adding.Unlock()
		s.mu.Lock()
		s.changed.Broadcast()
		s.mu.Unlock()
	}
}

// Close has all that was added given to the sink, and returns the first error of the disk or of the sink. Where there was
// one, segments may be left for the next Open. Records that are added later are ignored.
func (s *Spool) Close() error {
	s.adding.Lock()
	if !s.ended {
		s.ended = true
		s.pass()
		close(s.full)
		close(s.stop)
	}
	s.adding.Unlock()
	s.done.Wait()
	return s.Err()
}

// Err returns the first error so far. Nothing is added behind it.
func (s *Spool) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// fail notes an error.
func (s *Spool) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	s.dead.Store(true)
}
