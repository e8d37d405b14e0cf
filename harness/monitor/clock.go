package monitor

import (
	"time"

	"umqtt/harness/capture"
)

// A clock is what is known of a capture's times.
type clock struct {
	known bool          // every record has a time
	exact bool          // they are virtual: nothing takes time but waiting
	last  time.Duration // the time of the last record
}

// clockOf looks at the times of a capture.
func clockOf(c *capture.Capture, w World) clock {
	k := clock{known: true, exact: w == Simulated}
	for _, r := range c.Records {
		k.known = k.known && r.Time != capture.NoTime
		k.last = r.Time
	}
	return k
}

// passed reports whether more than d has passed between two times, for sure.
func (k clock) passed(from, to, d time.Duration) bool {
	return k.known && to-from > d
}
