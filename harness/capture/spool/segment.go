package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"umqtt/harness/capture"
)

// A segment file begins with magic and its length, of 8 bytes. Behind them come entries. What is behind that length is
// nothing: a file that is used again keeps its size, since new bytes in place of old ones are written faster.
const (
	segmentName = "spool-%06d.bin"
	magic       = "mqtt-spool 1\n"
	headerSize  = int64(len(magic)) + 8
	maxSpare    = 2 // files that are kept to be used again
)

// segment is a file of records.
type segment struct {
	name   string
	number int
	gap    bool // its records do not follow those of the segment before it

	// Of what was added. Whoever writes the segment may look at it once the next one has begun.
	bytes   int64
	text    int64 // bytes of text that it has at least
	longest int64 // bytes of the longest text of a record, at most

	// Guarded by the lock of the spool.
	written int64
	sealed  bool // nothing more is written
	reading bool
	dropped bool // it is not to be read any further
}

func newSegment(dir string, number int) *segment {
	return &segment{name: filepath.Join(dir, fmt.Sprintf(segmentName, number)), number: number}
}

// counts counts a record that is added.
func (g *segment) counts(head int, r capture.Record) {
	n := int64(len(r.Data))
	g.bytes += int64(head) + n + int64(len(r.Text))
	g.text += 3*n + int64(len(r.Text)) // each byte is two digits with something behind them
	g.longest = max(g.longest, 8*n+8*int64(len(r.Text))+4096)
}

// leftovers returns the segments in a folder, the oldest first.
func leftovers(dir string) ([]*segment, error) {
	names, err := filepath.Glob(filepath.Join(dir, "spool-*.bin"))
	if err != nil {
		return nil, err
	}
	var all []*segment
	for _, name := range names {
		var n int
		if _, err := fmt.Sscanf(filepath.Base(name), segmentName, &n); err != nil || newSegment(dir, n).name != name {
			continue
		}
		written, err := lengthOf(name)
		if err != nil {
			return nil, err
		}
		all = append(all, &segment{name: name, number: n, written: written, sealed: true})
	}
	slices.SortFunc(all, func(a, b *segment) int { return a.number - b.number })
	for i, g := range all {
		g.gap = i == 0 || g.number != all[i-1].number+1 || all[i-1].written <= headerSize
	}
	return all, nil
}

// lengthOf returns how many bytes of a file are those of a segment, or 0 if it is none.
func lengthOf(name string) (int64, error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	b := make([]byte, headerSize)
	if _, err := io.ReadFull(f, b); err != nil || string(b[:len(magic)]) != magic {
		return 0, nil
	}
	return min(int64(binary.LittleEndian.Uint64(b[len(magic):])), info.Size()), nil
}

// setLength writes the length of a segment.
func setLength(f *os.File, n int64) error {
	_, err := f.WriteAt(binary.LittleEndian.AppendUint64([]byte(magic), uint64(n)), 0)
	return err
}

// create creates the file of a segment, or takes one that is spare.
func (s *Spool) create(g *segment) (*os.File, error) {
	s.mu.Lock()
	spare := ""
	if k := len(s.spare); k > 0 {
		spare, s.spare = s.spare[k-1], s.spare[:k-1]
	}
	s.mu.Unlock()
	if spare == "" {
		f, err := os.OpenFile(g.name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		if err != nil {
			return nil, err
		}
		return f, setLength(f, 0)
	}
	if err := os.Rename(spare, g.name); err != nil {
		return nil, err
	}
	return os.OpenFile(g.name, os.O_WRONLY, 0)
}

// remove removes a segment that was given or dropped, or keeps its file as a spare one. The lock is held.
func (s *Spool) remove(g *segment) error {
	if len(s.spare) == maxSpare || s.closed {
		return os.Remove(g.name)
	}
	f, err := os.OpenFile(g.name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	s.spare = append(s.spare, g.name)
	return errors.Join(setLength(f, 0), f.Close())
}

// write writes blocks to their segments. Behind an error it takes them and does nothing.
func (s *Spool) write() {
	var last *segment
	for b := range s.full {
		if !s.dead.Load() {
			if err := s.store(b, last); err != nil {
				s.fail(err)
			}
			last = b.seg
		}
		s.free <- b.b[:0]
	}
	err := s.seal(last)
	s.mu.Lock()
	s.closed = true
	for _, name := range s.spare {
		err = errors.Join(err, os.Remove(name))
	}
	s.spare = nil
	s.changed.Broadcast()
	s.mu.Unlock()
	if err != nil {
		s.fail(err)
	}
}

// store writes a block; last is the segment of the block before it.
func (s *Spool) store(b block, last *segment) error {
	if b.seg != last {
		if err := s.seal(last); err != nil {
			return err
		}
		f, err := s.create(b.seg)
		s.file = f
		if err != nil {
			return err
		}
		s.mu.Lock()
		b.seg.written = headerSize
		s.segments = append(s.segments, b.seg)
		err = s.leaveOut()
		s.mu.Unlock()
		if err != nil {
			return err
		}
	}
	if _, err := s.file.WriteAt(b.b, b.seg.written); err != nil { // written changes here alone
		return err
	}
	s.mu.Lock()
	b.seg.written += int64(len(b.b))
	s.changed.Broadcast()
	s.mu.Unlock()
	return setLength(s.file, b.seg.written)
}

// seal ends a segment, which may be nil.
func (s *Spool) seal(g *segment) error {
	if g == nil || s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	s.mu.Lock()
	defer s.mu.Unlock()
	g.sealed = true
	s.longest = max(s.longest, g.longest)
	s.changed.Broadcast()
	return err
}

// leaveOut removes segments of which no file of the sink would have anything in the end. The lock is held.
func (s *Spool) leaveOut() error {
	if s.o.Files == 0 {
		return nil
	}
	// A file ends behind the record with which it reaches its size, so that it has one more at most.
	most := int64(s.o.Files) * (s.o.Text + s.longest)
	k := len(s.segments) - 1 // the last one is being written
	for text := int64(0); k > 0 && text < most; k-- {
		text += s.segments[k-1].text
	}
	if k == 0 {
		return nil
	}
	var errs []error
	for _, g := range s.segments[:k] {
		if g.dropped = true; !g.reading {
			errs = append(errs, s.remove(g))
		}
	}
	s.segments = slices.Delete(s.segments, 0, k)
	s.segments[0].gap = true
	return errors.Join(errs...)
}
