package world

import (
	"sync"
	"time"
)

// A profiler takes profiles of all goroutines, each for everybody who waits for one by then. A profile visits every
// goroutine of the process: one for each of many scenarios that are played side by side would take most of the time.
type profiler struct {
	taking sync.Mutex // held by who waits to take a profile, and takes it
	free   time.Time  // when the next one may begin; guarded by taking

	mu   sync.Mutex
	next *profile // the one that has not begun; nil where nobody waits for one
}

// A profile is what it was at one moment.
type profile struct {
	done   chan struct{}
	groups []string // of labelled, once done is closed
}

// How long no profile is taken after one: as a multiple of what that took, and at most.
const (
	apart       = 10
	apartAtMost = 100 * time.Millisecond
)

// profile returns the groups of a profile that begins after the call.
func (p *profiler) profile() []string {
	p.mu.Lock()
	n := p.next
	if n == nil {
		n = &profile{done: make(chan struct{})}
		p.next = n
		go p.take(n)
	}
	p.mu.Unlock()
	<-n.done
	return n.groups
}

func (p *profiler) take(n *profile) {
	p.taking.Lock()
	defer p.taking.Unlock()
	time.Sleep(time.Until(p.free))
	p.mu.Lock()
	p.next = nil
	p.mu.Unlock()
	begin := time.Now()
	n.groups = labelled()
	end := time.Now()
	p.free = end.Add(min(apart*end.Sub(begin), apartAtMost))
	close(n.done)
}
