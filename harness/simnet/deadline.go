package simnet

import (
	"sync"
	"time"
)

// deadline bounds the waits on one condition. Its fields are guarded by the
// condition's lock.
//
// Whether it has passed is asked of the clock, not of the timer, which only
// wakes the waiters. The order in which timers of one instant run therefore
// makes no difference.
type deadline struct {
	cond  *sync.Cond
	at    time.Time // zero: none
	timer *time.Timer
}

func (d *deadline) passed() bool {
	return !d.at.IsZero() && !time.Now().Before(d.at)
}

// set replaces the deadline; the zero time removes it. The caller holds the lock.
func (d *deadline) set(at time.Time) {
	d.at = at
	d.arm()
}

// arm starts or stops the timer as d.at demands, and wakes the waiters when the
// deadline has passed. The caller holds the lock.
func (d *deadline) arm() {
	if d.timer != nil {
		d.timer.Stop()
	}
	if d.at.IsZero() {
		return
	}
	wait := time.Until(d.at)
	switch {
	case wait <= 0:
		d.cond.Broadcast()
	case d.timer == nil:
		d.timer = time.AfterFunc(wait, d.fire)
	default:
		d.timer.Reset(wait)
	}
}

// fire runs when the timer does. The deadline may have been moved in the
// meantime, or the clock set back: arm looks again.
func (d *deadline) fire() {
	d.cond.L.Lock()
	defer d.cond.L.Unlock()
	d.arm()
}
