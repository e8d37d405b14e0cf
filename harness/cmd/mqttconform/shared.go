package main

import (
	"io"
	"os"
	"sync"
)

// A sharedWriter is a writer for several goroutines or processes: it passes on one Write at a time.
type sharedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *sharedWriter) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(b)
}

// forProcesses returns w for the standard error of several processes: a file as it is, which they inherit, anything else with
// a lock.
func forProcesses(w io.Writer) io.Writer {
	if _, ok := w.(*os.File); ok {
		return w
	}
	return &sharedWriter{w: w}
}
