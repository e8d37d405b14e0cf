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

	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
	"umqtt/harness/capture/spool"
)

// captureFiles are the captures that a proxy writes: one after another, each up to a size, of which the newest are kept.
// What passes goes by way of a spool, so that the text, which takes longer, holds up nobody.
type captureFiles struct {
	spool *spool.Spool

	dir    string
	max    int64 // bytes of a file, behind which the next one begins
	keep   int   // files
	pcapng bool  // each file is written as pcapng, too, once it is whole

	// The spool calls those who use these one after another.
	n       int // number of the newest file
	records int // of the newest file
	names   []string
	file    *os.File
	buf     *bufio.Writer
	w       *capture.Writer

	closing   sync.Once
	closed    error // what close returns
	converts  sync.WaitGroup
	one       sync.Mutex // one conversion at a time
	unwritten error      // of conversions; guarded by one
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
	if err := x.next(); err != nil {
		return nil, err
	}
	x.spool, err = spool.Open(dir, x, spool.Options{Files: keep, Text: size})
	return x, err
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
	x.file, x.buf = f, bufio.NewWriterSize(f, 256<<10)
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

// Record implements [spool.Sink]: it writes a record.
func (x *captureFiles) Record(r capture.Record) error {
	x.records++
	err := x.w.Write(r)
	if err == nil && (x.w.Written() >= x.max || x.records == maxCaptured) {
		if err = x.end(); err == nil {
			err = x.next()
		}
	}
	return err
}

// Over implements [spool.Sink]: it forgets a connection.
func (x *captureFiles) Over(conn int) error {
	x.w.Over(conn)
	return nil
}

// Gap implements [spool.Sink]: a file has nothing but what passed without a gap.
func (x *captureFiles) Gap() error {
	if x.records == 0 {
		return nil
	}
	return errors.Join(x.end(), x.next())
}

// Flush implements [spool.Sink].
func (x *captureFiles) Flush() error { return x.buf.Flush() }

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
			x.unwritten = errors.Join(x.unwritten, err)
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

// close writes all that has passed, ends the last file, and returns the first error of all.
func (x *captureFiles) close() error {
	x.closing.Do(func() {
		err := x.spool.Close()
		if err == nil {
			err = x.end()
		}
		x.converts.Wait()
		x.closed = errors.Join(err, x.unwritten)
	})
	return x.closed
}
