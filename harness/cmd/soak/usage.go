package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"
)

// usage is what this process uses at a time.
type usage struct {
	goroutines, descriptors, memory int // memory in bytes that are in the machine's memory
}

// now reads what this process uses. Where there is no /proc, descriptors are 0 and memory is what Go has of the system.
func now() usage {
	debug.FreeOSMemory() // what the collector has yet to free is no growth
	u := usage{goroutines: runtime.NumGoroutine()}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.descriptors = len(files)
	}
	b, err := os.ReadFile("/proc/self/statm")
	if fields := bytes.Fields(b); err == nil && len(fields) > 1 {
		pages, _ := strconv.Atoi(string(fields[1]))
		u.memory = pages * os.Getpagesize()
		return u
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.memory = int(m.Sys - m.HeapReleased)
	return u
}

// samples is how many samples are taken.
const samples = 40

// sample takes samples until the context ends.
func (r *result) sample(ctx context.Context, lasts time.Duration) {
	tick := time.NewTicker(lasts / samples)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.samples = append(r.samples, now())
		}
	}
}

// limits are by how much each may grow from the second quarter of the samples to the last one.
var limits = []struct {
	name   string
	of     func(usage) int
	tenths int // of what it was
	plus   int
	unit   int
	suffix string
}{
	{"goroutines", func(u usage) int { return u.goroutines }, 1, 64, 1, ""},
	{"descriptors", func(u usage) int { return u.descriptors }, 1, 64, 1, ""},
	{"memory", func(u usage) int { return u.memory }, 1, 8 << 20, 1 << 20, " MiB"},
}

// quarters returns the greatest of the second quarter and of the last one.
func (r *result) quarters(of func(usage) int) (early, late int) {
	q := len(r.samples) / 4
	for _, u := range r.samples[q : 2*q] {
		early = max(early, of(u))
	}
	for _, u := range r.samples[3*q:] {
		late = max(late, of(u))
	}
	return early, late
}

// grown says what has grown.
func (r *result) grown() []string {
	if len(r.samples) < 8 {
		return []string{fmt.Sprintf("%d samples are too few to tell what grows", len(r.samples))}
	}
	var bad []string
	for _, l := range limits {
		early, late := r.quarters(l.of)
		if bound := early + early*l.tenths/10 + l.plus; late > bound {
			bad = append(bad, fmt.Sprintf("%s: from %d%s to %d%s, above %d%s", l.name, early/l.unit, l.suffix, late/l.unit, l.suffix, bound/l.unit, l.suffix))
		}
	}
	return bad
}

// writeUsage prints what was used, and the bounds.
func (r *result) writeUsage(w io.Writer) {
	for _, l := range limits {
		early, late := r.quarters(l.of)
		fmt.Fprintf(w, "%s: at most %d%s in the second quarter, %d%s in the last; the bound is %d%s\n", l.name,
			early/l.unit, l.suffix, late/l.unit, l.suffix, (early+early*l.tenths/10+l.plus)/l.unit, l.suffix)
	}
}
