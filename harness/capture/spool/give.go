package spool

import (
	"bufio"
	"errors"
	"io"
	"math"
	"os"
	"slices"

	"umqtt/harness/capture"
)

// give gives the sink what is on disk, until all is given or there is an error.
func (s *Spool) give() {
	for g := s.first(); g != nil; g = s.first() {
		err := s.giveSegment(g)
		if err != nil && !errors.Is(err, errDropped) {
			s.mu.Lock()
			g.reading = false
			s.mu.Unlock()
			s.fail(err)
			return
		}
		if err := s.given(g); err != nil {
			s.fail(err)
			return
		}
	}
	if err := s.sink.Flush(); err != nil {
		s.fail(err)
	}
}

// first waits for a segment and returns the oldest one, or nil where no more come.
func (s *Spool) first() *segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.segments) == 0 {
		if s.closed {
			return nil
		}
		s.changed.Wait()
	}
	s.segments[0].reading = true
	return s.segments[0]
}

// given removes a segment that was read.
func (s *Spool) given(g *segment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !g.dropped {
		s.segments = slices.Delete(s.segments, 0, 1)
	}
	return s.remove(g)
}

// giveSegment gives the sink the records of a segment. What another process has left in the middle of an entry is passed
// over.
func (s *Spool) giveSegment(g *segment) error {
	f, err := os.Open(g.name)
	if err != nil {
		return err
	}
	defer f.Close()
	in := &reader{s: s, g: g, f: f, at: headerSize}
	e := &entries{r: bufio.NewReaderSize(in, 256<<10), left: in.left}
	for first := true; ; first = false {
		r, err := e.next()
		if err != nil {
			return in.err // nil at the end, and where the entry is not whole or is none
		}
		if first && g.gap {
			if err := s.sink.Gap(); err != nil {
				return err
			}
		}
		if err := s.giveEntry(r); err != nil {
			return err
		}
	}
}

// giveEntry gives the sink an entry, a run packet by packet.
func (s *Spool) giveEntry(r entry) error {
	switch {
	case r.over:
		return s.sink.Over(r.Conn)
	case !r.run:
		return s.sink.Record(r.Record)
	}
	for p := range capture.Packets(r.Data) {
		one := r.Record
		one.Data = p
		if err := s.sink.Record(one); err != nil {
			return err
		}
	}
	return nil
}

// errDropped is the error of a segment that is not to be read any further.
var errDropped = errors.New("spool: records were left out")

// reader reads a segment while it is being written. It waits for more, and while much comes.
type reader struct {
	s   *Spool
	g   *segment
	f   *os.File
	at  int64
	err error // other than io.EOF
}

// left returns how many bytes may still come, as far as it is known.
func (r *reader) left() int64 {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.g.sealed {
		return r.g.written
	}
	return math.MaxInt64
}

// Read implements [io.Reader].
func (r *reader) Read(b []byte) (int, error) {
	left, err := r.wait()
	n := 0
	if err == nil {
		n, err = r.f.ReadAt(b[:min(int64(len(b)), left)], r.at)
		r.at += int64(n)
	}
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// wait waits until some bytes can be read, and returns their number.
func (r *reader) wait() (n int64, err error) {
	s, flushed := r.s, false
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		n := r.g.written - r.at
		switch {
		case r.g.dropped:
			return 0, errDropped
		case n > 0 && (s.closed || !s.busy.Load()):
			return n, nil
		case n <= 0 && r.g.sealed:
			return 0, io.EOF
		case flushed:
			s.changed.Wait()
			continue
		}
		flushed = true
		s.mu.Unlock()
		err := s.sink.Flush()
		s.mu.Lock()
		if err != nil {
			return 0, err
		}
	}
}
