package model

import (
	"slices"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// The bounds of a back-off that starts at a second and doubles up to half a minute, a fifth more or less.
const (
	leastWait = 500 * time.Millisecond
	mostWait  = 40 * time.Second
)

func (j *judgement) backsOff() {
	if !j.Ordered || !j.Reconnects {
		return
	}
	last, failures, wait := -1, 0, time.Duration(0)
	conn, accepted := 0, false
	for i, r := range j.Records {
		if r.Kind == capture.Event && r.Text != "fault refuse" {
			if r.Text == "fault down" {
				last = -1 // nobody sees the attempts that come
			}
			continue
		}
		if a, ok := j.packets[i].(*wire.Connack); ok && r.Conn == conn && a.Code == 0 && r.Kind == capture.Handed {
			accepted, failures, wait = true, 0, 0
		}
		if r.Kind != capture.Event && r.Conn <= conn {
			continue
		}
		if last >= 0 && j.called(last, i) {
			failures, wait = 0, 0 // a call that connects begins anew, and so does a process
		} else if conn > 0 && !accepted && last >= 0 {
			gap := r.Time - j.Records[last].Time
			if failures++; gap < leastWait {
				j.report(i, "the client connects again %v after an attempt that has failed", gap)
			} else if gap > mostWait {
				j.report(i, "the client waits for %v after an attempt that has failed", gap)
			} else if failures > 3 && gap < 2*time.Second && wait < 2*time.Second {
				j.report(i, "the client waits for %v after %d attempts that have failed", gap, failures)
			}
			wait = gap
		}
		if last = i; r.Kind != capture.Event {
			conn, accepted = r.Conn, false
		}
	}
}

// called reports whether a call that began between two records, or at the time of the first one, connected or
// disconnected: what was written before a call may be recorded behind its beginning.
func (j *judgement) called(from, to int) bool {
	return slices.ContainsFunc(j.Calls, func(c Call) bool {
		began := c.From >= from || c.Until-c.Took >= j.Records[from].Time
		return c.Began && began && c.From <= to && (c.Verb == "connect" || c.Verb == "disconnect" || c.Verb == "abort")
	})
}
