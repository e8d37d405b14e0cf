package filestore

import (
	"encoding/binary"
	"hash/crc32"
	"os"
)

// SetCompactAt sets the size from which the file may be written anew.
func SetCompactAt(s *Store, size int64) { s.compactAt = size }

// OpenOn is Open with a function that stands between the store and its files.
func OpenOn(path string, opt Options, wrap func(path string, f *os.File) File) (*Store, error) {
	return open(path, opt, func(path string, flag int) (file, error) {
		f, err := openFile(path, flag)
		if err != nil {
			return nil, err
		}
		return wrap(path, f.(*os.File)), nil
	})
}

// File is an open file, as a Store sees it.
type File = file

// CloseFile closes the open file behind the store's back.
func CloseFile(s *Store) error { return s.file.Close() }

// Magic is the beginning of every file.
const Magic = magic

// HeadSize is that of a record's head.
const HeadSize = headSize

// PutRecord returns the record of a put.
func PutRecord(id uint16, packet []byte) []byte { return appendRecord(nil, kindPut, id, packet) }

// DeleteRecord returns the record of a delete.
func DeleteRecord(id uint16) []byte { return appendRecord(nil, kindDelete, id, nil) }

// ClearRecord returns the record of a clear.
func ClearRecord() []byte { return appendRecord(nil, kindClear, 0, nil) }

// PutHead returns the head of a put whose packet has n bytes.
func PutHead(id uint16, n uint32) []byte {
	b := appendRecord(nil, kindPut, id, nil)[:headSize]
	binary.BigEndian.PutUint32(b[3:], n)
	SignHead(b)
	return b
}

// SignHead sets the checksum of a head.
func SignHead(b []byte) { binary.BigEndian.PutUint32(b[7:], crc32.Checksum(b[:7], castagnoli)) }

// SyncFolder waits until the names in a folder are on the disk.
func SyncFolder(path string) error { return syncFolder(path) }
