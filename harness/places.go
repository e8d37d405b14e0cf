package harness

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// places bounds how many real scenarios are played at a time. Of those that wait for a place, the one that takes
// longest gets it first: all would wait for it at the end.
type places struct {
	mu      sync.Mutex
	free    int
	waiting []waiting // the one that takes longest is the last
}

// A waiting scenario is played by play. It has no goroutine before: there may be thousands, and each profile of the
// goroutines visits all.
type waiting struct {
	takes time.Duration
	play  func()
}

// run calls play in a goroutine, as soon as there is a place.
func (p *places) run(takes time.Duration, play func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free > 0 {
		p.free--
		go p.occupy(play)
		return
	}
	i, _ := slices.BinarySearchFunc(p.waiting, takes, func(w waiting, d time.Duration) int { return cmp.Compare(w.takes, d) })
	p.waiting = slices.Insert(p.waiting, i, waiting{takes, play})
}

// occupy calls play, and gives the place to the next one.
func (p *places) occupy(play func()) {
	defer p.leave()
	play()
}

func (p *places) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.waiting) - 1
	if last < 0 {
		p.free++
		return
	}
	go p.occupy(p.waiting[last].play)
	p.waiting = p.waiting[:last]
}
