package filestore

import "io"

// recover reads the file from its beginning and cuts off what was written in part.
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

// readMagic checks the first line and returns its size; 0 if there is only a part
// of it.
func (s *Store) readMagic(end int64) (int64, error) {
	b := make([]byte, min(end, int64(len(magic))))
	if _, err := s.file.ReadAt(b, 0); err != nil {
		return 0, err
	}
	switch {
	case string(b) == magic:
		return int64(len(magic)), nil
	case string(b) == magic[:len(b)]:
		return 0, nil
	}
	return 0, s.torn(0, end)
}

// readRecord takes up the record at an offset and returns that of the next one.
// more is false if nothing good follows.
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
		return at, false, s.torn(at, end)
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
		if !ok && next < end {
			return at, false, s.torn(at+headSize, end)
		}
		if !ok {
			return at, false, nil
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

// torn tells whether a record that is damaged at an offset can have been written
// in part: file systems show bytes that never reached the disk as zero.
func (s *Store) torn(at, end int64) error {
	b := make([]byte, 4096)
	for from := at; from < end; from += int64(len(b)) {
		b = b[:min(int64(len(b)), end-from)]
		if _, err := s.file.ReadAt(b, from); err != nil {
			return err
		}
		for _, v := range b {
			if v != 0 {
				return &CorruptError{s.path, at}
			}
		}
	}
	return nil
}
