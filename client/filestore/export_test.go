package filestore

import "os"

// SetCompactAt sets the size from which the file may be written anew.
func SetCompactAt(s *Store, size int64) { s.compactAt = size }

// File is the open file.
func File(s *Store) *os.File { return s.file }

// Magic is the beginning of every file.
const Magic = magic

// HeadSize is that of a record's head.
const HeadSize = headSize

// PutRecord returns the record of a put.
func PutRecord(id uint16, packet []byte) []byte { return appendRecord(nil, kindPut, id, packet) }
