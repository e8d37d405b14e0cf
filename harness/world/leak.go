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

// Labelled runs f, and the goroutines it starts, under a label of its own, and returns the label at once.
func Labelled(f func()) (label string) {
	label = strconv.FormatUint(plays.Add(1), 10)
	go pprof.Do(context.Background(), pprof.Labels(leakLabel, label), func(context.Context) { f() })
	return label
}

// Leaked waits until no goroutine has the label, for at most Lingers, and returns the stacks of those that
// are left.
func Leaked(label string) string {
	deadline := time.Now().Add(Lingers)
	for pause := time.Millisecond; ; pause *= 2 {
		stacks := WithLabel(label)
		if stacks == "" || time.Now().After(deadline) {
			return stacks
		}
		time.Sleep(pause)
	}
}

// WithLabel returns the stacks of the goroutines that have the label.
func WithLabel(label string) string {
	var b bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&b, 1)
	mark := fmt.Sprintf("%q:%q", leakLabel, label)
	var left []string
	for _, group := range strings.Split(b.String(), "\n\n") {
		if strings.Contains(group, mark) {
			left = append(left, strings.TrimSpace(group))
		}
	}
	return strings.Join(left, "\n")
}
