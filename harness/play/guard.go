package play

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"umqtt/harness/proxy"
)

// What a scenario may use up before it is ended. Each wait of a script has a bound of its own; these
// are for subjects and scenarios that go on and on within them.
const (
	// DefaultBudget is the virtual time of a scenario: the broker's tickers would keep a world that is
	// stuck running for ever, at some two seconds a day.
	DefaultBudget = 8 * 24 * time.Hour
	// DefaultWatchdog is the wall-clock time of a simulated scenario. Virtual time does not pass while
	// a goroutine of the bubble waits for a mutex, or computes.
	DefaultWatchdog = time.Minute
	// maxRecords is how many packets and events a scenario may have: a subject and its peer that answer
	// each other for ever do so in no virtual time at all.
	maxRecords = 100_000
)

// let lets the world go on until done reports true or an error, or the limit has passed. It is the
// only place where time passes, and keeps to the guards.
func (p *player) let(done func() (bool, error), limit time.Duration) (bool, error) {
	budget := p.opts.budget() - p.w.link.Now()
	var err error
	ok := p.w.link.Await(func() bool {
		if err = p.pull(); err != nil {
			return true
		}
		if p.seen > maxRecords {
			err = p.broken("more than %d packets and events: the subject and its peer keep each other busy", maxRecords)
			return true
		}
		if linkErr := p.w.link.Err(); errors.Is(linkErr, proxy.ErrDials) {
			err = p.broken("%v", linkErr)
			return true
		}
		ok, doneErr := done()
		err = doneErr
		return ok || err != nil
	}, min(limit, max(budget, 0)))
	if err == nil && !ok && limit > budget {
		err = p.setup(nil, "the scenario has used up its budget of %v", p.opts.budget())
	}
	return ok && err == nil, err
}

// watchdog ends the process when a simulated scenario takes too long by the wall clock, with all
// goroutines in the message: nothing inside of the bubble could tell. It must be called outside.
func watchdog(what string, limit time.Duration) (stop func() bool) {
	return time.AfterFunc(limit, func() {
		buf := make([]byte, 1<<20)
		buf = buf[:runtime.Stack(buf, true)]
		panic(fmt.Sprintf("play: %s hangs: %v of wall time have passed; a mutex, a system call or a loop keeps virtual time from passing\n\n%s", what, limit, buf))
	}).Stop
}
