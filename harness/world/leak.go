package world

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// leakLabel marks the goroutines of a subject: whatever it starts inherits the mark. In the simulated
// world the bubble itself tells when a goroutine is left over; in the real one, where scenarios are played
// side by side, nothing else tells whose it is.
const leakLabel = "umqtt-scenario"

var plays atomic.Uint64

// Labelled runs f under a new profiler label, which the goroutines that f starts inherit. It returns the label at
// once.
func Labelled(f func()) (label string) {
	label = strconv.FormatUint(plays.Add(1), 10)
	go pprof.Do(context.Background(), pprof.Labels(leakLabel, label), func(context.Context) {
		grow()
		f()
	})
	return label
}

// Leaked waits until no goroutine has the label, for at most Lingers, and returns the stacks of those that
// are left. It shares the profile of the goroutines with all that call it meanwhile, and so it may wait a little longer.
func Leaked(label string) string { return shared.leaked(label) }

// shared takes the profiles of Leaked.
var shared profiler

func (p *profiler) leaked(label string) string {
	deadline := time.Now().Add(Lingers)
	for pause := time.Millisecond; ; pause *= 2 {
		stacks := withLabel(label, p.profile())
		if stacks == "" || time.Now().After(deadline) {
			return stacks
		}
		time.Sleep(pause)
	}
}

// WithLabel returns the stacks of the goroutines that have the label, in the form of a panic's.
func WithLabel(label string) string { return withLabel(label, labelled()) }

// labelled returns the groups of the goroutine profile that have a label of Labelled.
func labelled() []string {
	var b bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&b, 1)
	var groups []string
	for group := range strings.SplitSeq(b.String(), "\n\n") {
		if strings.Contains(group, leakLabel) {
			groups = append(groups, group)
		}
	}
	return groups
}

// withLabel returns the stacks of those groups that have one label.
func withLabel(label string, groups []string) string {
	mark := fmt.Sprintf("%q:%q", leakLabel, label)
	var left []string
	for _, group := range groups {
		if strings.Contains(group, mark) {
			left = append(left, stack(group))
		}
	}
	return strings.Join(left, "\n\n")
}

// stack turns a group of the goroutine profile into the text of a panic: each function, and below it its place. Lines
// of the profile have the form "#", address, function and place, with tabs between them.
func stack(group string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(group)) {
		line = strings.TrimSpace(line)
		if n, _, ok := strings.Cut(line, " @ "); ok {
			fmt.Fprintf(&b, "goroutines with this stack: %s\n", n)
		} else if fields := strings.Fields(line); len(fields) == 4 && fields[0] == "#" {
			function, _, _ := strings.Cut(fields[2], "+0x")
			fmt.Fprintf(&b, "%s\n\t%s\n", function, fields[3])
		}
	}
	return strings.TrimSpace(b.String())
}

// CountLabel returns how many goroutines have the label.
func CountLabel(label string) (n int) {
	for line := range strings.Lines(WithLabel(label)) {
		if count, ok := strings.CutPrefix(line, "goroutines with this stack: "); ok {
			k, _ := strconv.Atoi(strings.TrimSpace(count))
			n += k
		}
	}
	return n
}
