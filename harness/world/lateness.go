package world

import (
	"sync"
	"time"
)

// A lateness is how late the timers and goroutines of this process were at most, from one moment on. A machine
// that is busy with other work is late by as much with what it does for a subject.
type lateness struct{ worst time.Duration }

// late measures for all lateness values that are under way, in one goroutine.
var late struct {
	sync.Mutex
	measured map[*lateness]bool
	due      time.Time // when the probe that is under way ought to be over
	probes   bool      // the goroutine runs
}

// probeEvery is how often it is measured, and so the least lateness that is always seen.
const probeEvery = 10 * time.Millisecond

// measure begins to measure.
func measure() *lateness {
	late.Lock()
	defer late.Unlock()
	l := &lateness{}
	if late.measured == nil {
		late.measured = map[*lateness]bool{}
	}
	if late.measured[l] = true; !late.probes {
		late.probes, late.due = true, time.Now().Add(probeEvery)
		go probe()
	}
	return l
}

// probe measures until nobody is interested any more. A probe is a timer and a new goroutine: what the real world
// is made of.
func probe() {
	for {
		late.Lock()
		wait := time.Until(late.due)
		late.Unlock()
		time.Sleep(wait)
		ran := make(chan struct{})
		go close(ran)
		<-ran
		if !probed() {
			return
		}
	}
}

// probed notes the end of a probe, and reports whether another one is wanted.
func probed() bool {
	late.Lock()
	defer late.Unlock()
	now := time.Now()
	for l := range late.measured {
		l.worst = max(l.worst, now.Sub(late.due))
	}
	late.due = now.Add(probeEvery)
	late.probes = len(late.measured) > 0
	return late.probes
}

// soFar returns the lateness so far: that of a probe which is late now counts.
func (l *lateness) soFar() time.Duration {
	late.Lock()
	defer late.Unlock()
	if late.measured[l] {
		l.worst = max(l.worst, time.Since(late.due))
	}
	return l.worst
}

// end ends the measuring.
func (l *lateness) end() {
	l.soFar()
	late.Lock()
	defer late.Unlock()
	delete(late.measured, l)
}
