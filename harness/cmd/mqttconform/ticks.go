package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/pflag"
)

// progressEvery is the flag of a command that says now and then how far it is, where nobody watches.
func progressEvery(flags *pflag.FlagSet, d *time.Duration) {
	flags.DurationVar(d, "progress", 0, "say on standard error how far it is every `D`, where that is no terminal")
}

// Ticks say how far a search is: on a line of a terminal that is written anew, or on one line after another.
type ticks struct {
	w        io.Writer
	terminal bool
	every    time.Duration // 0: not at all
	mu       sync.Mutex
	last     time.Time
}

// newTicks returns those for a writer; every is how often where it is no terminal.
func newTicks(w io.Writer, every time.Duration) *ticks {
	t := &ticks{w: w, terminal: watched(w), every: every}
	if t.terminal {
		t.every = 200 * time.Millisecond
	}
	return t
}

// say says how far it is, if it is time for that.
func (t *ticks) say(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.every == 0 || time.Since(t.last) < t.every {
		return
	}
	t.last = time.Now()
	text := fmt.Sprintf(format, args...)
	if t.terminal {
		fmt.Fprint(t.w, "\r\x1b[K"+text)
	} else {
		fmt.Fprintln(t.w, text)
	}
}

// hide takes the line off a terminal.
func (t *ticks) hide() {
	if t.terminal {
		fmt.Fprint(t.w, "\r\x1b[K")
	}
}
