package filestore

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

// Options configures Open. The zero value is a working default.
type Options struct {
	// Sync makes Put, Clear and Open wait until what they wrote is on the disk (fsync),
	// so that it survives a power failure. Delete does not wait. A sync takes some
	// milliseconds, on a memory card tens of milliseconds.
	Sync bool
}

// Store is an open file. It is a client's Store, and like the client not safe for
// concurrent use.
type Store struct {
	path      string
	sync      bool
	lock      *os.File // nil where there is none
	file      file     // nil once it is closed
	size      int64    // of the good part of the file
	kept      []entry  // in the order of their putting
	keptSize  int64    // of their records
	owed      []byte   // deletes that the file has not taken
	compactAt int64    // size of the file from which it may be written anew
	buf       []byte
	openFile  func(path string, flag int) (file, error) // but in tests, the function of that name
	broken    error                                     // what is in the file is not known any more
}

// entry is a kept message.
type entry struct {
	id uint16
	n  int   // bytes of the packet
	at int64 // offset of its record
}

func (e entry) size() int64 { return head{kindPut, e.id, e.n}.size() }

// ErrClosed is returned by the methods of a Store that was closed.
var ErrClosed = errors.New("filestore: closed")

// ErrLocked is returned by Open for a file that another Store, of this process or
// another, has open.
var ErrLocked = errors.New("filestore: in use by another store")

// CorruptError reports that a file is damaged before its last record. Open has not
// changed the file. The records before Offset are intact. To use them, truncate the
// file at Offset; to begin without any message, remove the file.
type CorruptError struct {
	Path   string // of the file itself, if Open was given a symbolic link
	Offset int64  // in bytes, of the damaged record
}

// Error returns the file and the offset as text.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("filestore: %s is damaged at offset %d", e.Path, e.Offset)
}

// Open opens a file and creates it if it does not exist. It cuts off a partly written
// record at the end. The caller must close the Store. Errors: ErrLocked,
// [*CorruptError], and those of the file system.
func Open(path string, opt Options) (*Store, error) { return open(path, opt, openFile) }

func open(path string, opt Options, openFile func(string, int) (file, error)) (*Store, error) {
	path, err := resolve(path)
	if err != nil {
		return nil, err
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, sync: opt.Sync, lock: lock, compactAt: 64 << 10, openFile: openFile}
	if err := s.start(); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// start opens the file and reads its records.
func (s *Store) start() (err error) {
	if err := os.Remove(s.temporary()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err // of a process that was killed while it compacted
	}
	if s.file, err = s.openFile(s.path, os.O_CREATE); err != nil {
		return err
	}
	if err := s.recover(); err != nil {
		return err
	}
	if s.size == 0 {
		if err := s.append([]byte(magic)); err != nil {
			return err
		}
	}
	if err := s.synced(); err != nil {
		return err
	}
	return s.syncFolder()
}

// Close closes the file. Its messages stay for the next Open. A second Close does
// nothing.
func (s *Store) Close() error {
	if len(s.owed) > 0 && s.usable() == nil {
		_ = s.append(s.owed) // Delete has told that it could not
	}
	var err error
	if s.file != nil {
		err = s.file.Close()
		s.file = nil
	}
	if s.lock != nil {
		_ = s.lock.Close()
		s.lock = nil
	}
	return err
}

// Len returns the number of kept messages.
func (s *Store) Len() int { return len(s.kept) }

// Load calls yield for each kept message, in the order of their Puts. The bytes are
// valid until yield returns. It fails if the file cannot be read, or was damaged since
// Open.
func (s *Store) Load(yield func(id uint16, packet []byte)) error {
	if err := s.usable(); err != nil {
		return err
	}
	for _, e := range s.kept {
		packet, ok, err := s.readPacket(e.at+headSize, e.n)
		if err != nil {
			return err
		}
		if !ok {
			return &CorruptError{s.path, e.at}
		}
		yield(e.id, packet)
	}
	return nil
}

// Put keeps a message until its Delete. It replaces a message with the same id. If it
// fails, the message is not kept.
func (s *Store) Put(id uint16, packet []byte) error {
	if !fits(int64(len(packet))) {
		return fmt.Errorf("filestore: a packet of %d bytes is longer than the standard allows", len(packet))
	}
	if err := s.usable(); err != nil {
		return err
	}
	old, at := s.size, s.size+int64(len(s.owed))
	s.buf = appendRecord(append(s.buf[:0], s.owed...), kindPut, id, packet)
	if err := s.append(s.buf); err != nil {
		return err
	}
	if err := s.synced(); err != nil {
		return s.cut(old, err)
	}
	s.remove(id)
	s.add(entry{id, len(packet), at})
	s.compactIfDue()
	return nil
}

// Delete removes a message. It does nothing for an id that is not kept. If it fails, as
// on a full disk, the message is removed from this Store at once, and from the file
// with the next write that succeeds. The file is truncated when no message is left.
func (s *Store) Delete(id uint16) error {
	if err := s.usable(); err != nil {
		return err
	}
	if s.index(id) < 0 {
		return nil
	}
	s.remove(id)
	s.owed = appendRecord(s.owed, kindDelete, id, nil)
	if err := s.append(s.owed); err != nil {
		if len(s.kept) == 0 && s.empty() == nil {
			return nil
		}
		return err
	}
	s.compactIfDue()
	return nil
}

// Clear removes all messages, and with Options.Sync waits for the disk. If it fails
// they are kept.
func (s *Store) Clear() error {
	if err := s.usable(); err != nil {
		return err
	}
	if len(s.kept) == 0 {
		return nil
	}
	s.buf = appendRecord(s.buf[:0], kindClear, 0, nil)
	err := s.append(s.buf)
	if err == nil {
		err = s.synced()
	} else {
		err = s.empty()
	}
	if err != nil {
		return err
	}
	s.kept, s.keptSize = s.kept[:0], 0
	s.compactIfDue()
	return nil
}

func (s *Store) usable() error {
	switch {
	case s.broken != nil:
		return s.broken
	case s.file == nil:
		return ErrClosed
	}
	return nil
}

func (s *Store) index(id uint16) int {
	return slices.IndexFunc(s.kept, func(e entry) bool { return e.id == id })
}

func (s *Store) add(e entry) {
	s.kept = append(s.kept, e)
	s.keptSize += e.size()
}

func (s *Store) remove(id uint16) {
	if i := s.index(id); i >= 0 {
		s.keptSize -= s.kept[i].size()
		s.kept = slices.Delete(s.kept, i, i+1)
	}
}
