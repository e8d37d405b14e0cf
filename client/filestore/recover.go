package filestore

import "io"

// recover reads the file from its beginning and cuts off a partly written record at its
// end.
func (s *Store) recover() error {
	end, err := s.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	good, err := s.readMagic(end)
	for more := good > 0; more && err == nil; {
		good, more, err = s.readRecord(good, end)
	}
	if err != nil {
		return err
	}
	s.size = good
	if good < end {
		return s.file.Truncate(good)
	}
	return nil
}

// readMagic checks the first line and returns its size. It returns 0 if the file holds
// only a part of the line, followed by nothing or zeros, and an error for anything
// else, which may be another program's file.
func (s *Store) readMagic(end int64) (int64, error) {
	b := make([]byte, min(end, int64(len(magic))))
	if _, err := s.file.ReadAt(b, 0); err != nil {
		return 0, err
	}
	n := 0
	for n < len(b) && b[n] == magic[n] {
		n++
	}
	if n == len(magic) {
		return int64(n), nil
	}
	zero, err := s.zero(int64(n), end)
	if err == nil && !zero {
		err = &CorruptError{s.path, 0}
	}
	return 0, err
}

// readRecord applies the record at an offset and returns the offset of the next one.
// more is false if no valid record follows.
func (s *Store) readRecord(at, end int64) (next int64, more bool, err error) {
	if end-at < headSize {
		return at, false, nil
	}
	b := s.buffer(headSize)
	if _, err := s.file.ReadAt(b, at); err != nil {
		return at, false, err
	}
	h, ok := parseHead(b)
	if !ok {
		return at, false, s.torn(at, at+1, end)
	}
	if h.size() > end-at {
		return at, false, nil
	}
	next = at + h.size()
	switch h.kind {
	case kindPut:
		_, ok, err := s.readPacket(at+headSize, h.n)
		if err != nil {
			return at, false, err
		}
		if !ok {
			return at, false, s.torn(at, next, end)
		}
		s.remove(h.id)
		s.add(entry{h.id, h.n, at})
	case kindDelete:
		s.remove(h.id)
	case kindClear:
		s.kept, s.keptSize = s.kept[:0], 0
	}
	return next, true, nil
}

// torn reports whether the damaged record at an offset is the last one: nothing from
// the offset from on begins like a record. It was then being written when the system
// failed, which may leave any part of it on the disk, and zeros or old bytes in place
// of the rest.
func (s *Store) torn(at, from, end int64) error {
	b := make([]byte, 64<<10)
	for ; end-from >= headSize; from += int64(len(b) - headSize + 1) {
		b = b[:min(int64(len(b)), end-from)]
		if _, err := s.file.ReadAt(b, from); err != nil {
			return err
		}
		for i := range len(b) - headSize + 1 {
			if _, ok := parseHead(b[i:]); ok {
				return &CorruptError{s.path, at}
			}
		}
	}
	return nil
}

// zero reports whether all bytes of the file from an offset on are zero.
func (s *Store) zero(from, end int64) (bool, error) {
	b := make([]byte, 4096)
	for ; from < end; from += int64(len(b)) {
		b = b[:min(int64(len(b)), end-from)]
		if _, err := s.file.ReadAt(b, from); err != nil {
			return false, err
		}
		for _, v := range b {
			if v != 0 {
				return false, nil
			}
		}
	}
	return true, nil
}
