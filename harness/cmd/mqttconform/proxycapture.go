package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
)

// captureFiles are the captures that a proxy writes: one after another, each up to a size, of which the newest are kept.
type captureFiles struct {
	dir    string
	max    int64 // bytes of a file, behind which the next one begins
	keep   int   // files
	pcapng bool  // each file is written as pcapng, too, once it is whole

	mu       sync.Mutex
	n        int // number of the newest file
	records  int // of the newest file
	names    []string
	file     *os.File
	buf      *bufio.Writer
	w        *capture.Writer
	err      error // the first one; nothing is written behind it
	closed   bool
	converts sync.WaitGroup
	one      sync.Mutex // one conversion at a time
}

// maxCaptured is how many records a file holds: as many as a pcapng file that can be read.
const maxCaptured = pcap.MaxRecords

const captureName = "proxy-%06d.wire"

// newCaptureFiles begins the first file. Files of an earlier run in the folder count among those that are kept.
func newCaptureFiles(dir string, size int64, keep int, pcapng bool) (*captureFiles, error) {
	x := &captureFiles{dir: dir, max: size, keep: keep, pcapng: pcapng}
	if err := writable(dir); err != nil {
		return nil, err
	}
	old, err := filepath.Glob(filepath.Join(dir, "proxy-*.wire"))
	if err != nil {
		return nil, err
	}
	for _, name := range old {
		var n int
		if _, err := fmt.Sscanf(filepath.Base(name), captureName, &n); err == nil && fmt.Sprintf(captureName, n) == filepath.Base(name) {
			x.names = append(x.names, name)
			x.n = max(x.n, n)
		}
	}
	slices.Sort(x.names)
	return x, x.next()
}

// next begins the next file, and removes those that are too many.
func (x *captureFiles) next() error {
	x.n++
	x.records = 0
	name := filepath.Join(x.dir, fmt.Sprintf(captureName, x.n))
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	x.file, x.buf = f, bufio.NewWriterSize(f, 64<<10)
	x.names = append(x.names, name)
	for len(x.names) > x.keep {
		err = errors.Join(err, removeAny(x.names[0]), removeAny(asPcapngName(x.names[0])))
		x.names = x.names[1:]
	}
	if err != nil {
		return err
	}
	x.w, err = capture.NewWriter(x.buf, "proxy", true)
	return err
}

// removeAny removes a file, if it is there.
func removeAny(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func asPcapngName(wire string) string { return strings.TrimSuffix(wire, ".wire") + ".pcapng" }

// add writes a record.
func (x *captureFiles) add(r capture.Record) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err != nil || x.closed {
		return
	}
	x.records++
	if x.err = x.w.Write(r); x.err == nil && (x.w.Written() >= x.max || x.records == maxCaptured) {
		if x.err = x.end(); x.err == nil {
			x.err = x.next()
		}
	}
}

// over forgets a connection.
func (x *captureFiles) over(conn int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.w.Over(conn)
}

// end ends the file that is being written.
func (x *captureFiles) end() error {
	err := errors.Join(x.buf.Flush(), x.file.Close())
	if err != nil || !x.pcapng {
		return err
	}
	name := x.names[len(x.names)-1]
	x.converts.Go(func() {
		x.one.Lock()
		defer x.one.Unlock()
		if err := convert(name); err != nil && !errors.Is(err, os.ErrNotExist) { // it may have been removed
			x.mu.Lock()
			defer x.mu.Unlock()
			x.err = errors.Join(x.err, err)
		}
	})
	return nil
}

// convert writes a capture as pcapng beside it.
func convert(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	c, err := capture.Read(name, f)
	if err != nil {
		return err
	}
	out, err := asPcapng(c)
	if err != nil {
		return err
	}
	if err := os.WriteFile(asPcapngName(name), out, 0o666); err != nil {
		return err
	}
	if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) { // meanwhile
		return removeAny(asPcapngName(name))
	}
	return nil
}

// flush writes what is buffered.
func (x *captureFiles) flush() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err == nil && !x.closed {
		x.err = x.buf.Flush()
	}
}

// flushes flushes now and then, until done is closed.
func (x *captureFiles) flushes(done <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			x.flush()
		case <-done:
			return
		}
	}
}

// close ends the last file and returns the first error of all.
func (x *captureFiles) close() error {
	x.mu.Lock()
	if !x.closed && x.err == nil {
		x.err = x.end()
	}
	x.closed = true
	x.mu.Unlock()
	x.converts.Wait()
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.err
}
