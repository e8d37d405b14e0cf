package process

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// faketime is where libfaketime is, which makes the wall clock of a process jump; "" where it is not installed. It reaches
// programs that read the time by the C library.
var faketime = sync.OnceValue(func() string {
	for _, pattern := range []string{
		"/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1", "/usr/lib64/faketime/libfaketimeMT.so.1",
		"/usr/local/lib/faketime/libfaketimeMT.so.1",
	} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	return ""
})

// withClock adds the feature wall-clock where libfaketime is installed.
func withClock(features []spec.Feature) []spec.Feature {
	if faketime() == "" || slices.Contains(features, spec.WallClock) {
		return features
	}
	return append(slices.Clone(features), spec.WallClock)
}

// A clock is the file in which libfaketime reads how far the wall clock of a process has moved.
type clock struct{ dir string }

// newClock makes a clock that has not moved.
func newClock() (*clock, error) {
	dir, err := os.MkdirTemp("", "umqtt-clock-")
	if err != nil {
		return nil, err
	}
	c := &clock{dir}
	return c, c.set(0)
}

func (c *clock) file() string { return filepath.Join(c.dir, "moved") }

// set moves the clock. The process sees the old file or the new one, and never a part.
func (c *clock) set(moved time.Duration) error {
	next := c.file() + ".next"
	if err := os.WriteFile(next, fmt.Appendf(nil, "%+.3f\n", moved.Seconds()), 0o600); err != nil {
		return err
	}
	return os.Rename(next, c.file())
}

// env is what makes a process read the clock. Monotonic time is left alone.
func (c *clock) env() []string {
	return []string{
		"LD_PRELOAD=" + faketime(), "FAKETIME_TIMESTAMP_FILE=" + c.file(), "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1",
	}
}

func (c *clock) remove() {
	if c != nil {
		os.RemoveAll(c.dir)
	}
}

// startClocked starts a process whose wall clock can be set.
func (p *Program) startClocked() (*conn, error) {
	k, err := newClock()
	if err != nil {
		return nil, &Error{Command: p.cfg.Command, Err: err}
	}
	cfg := p.cfg
	cfg.Env = append(slices.Clone(cfg.Env), k.env()...)
	c, err := start(cfg)
	if err != nil {
		k.remove()
		return nil, err
	}
	c.clock = k
	return c, nil
}

// SetClock implements [subject.ClockSetter].
func (s *session) SetClock(moved time.Duration) error {
	if s.clock == nil {
		return fmt.Errorf("the wall clock cannot be set: libfaketime is not installed")
	}
	return s.clock.set(moved)
}

var _ subject.ClockSetter = (*session)(nil)
