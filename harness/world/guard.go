package world

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
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
	// DefaultRecords is how many packets and events a scenario may have that repeats nothing: a subject and its
	// peer that answer each other for ever do so in no virtual time at all.
	DefaultRecords = 100_000
	// MaxRecords is how many the longest scenario may have.
	MaxRecords = 1_000_000
)

// The errors of Let for a world that is used up.
var (
	// ErrBudget says that the world's time is over.
	ErrBudget = errors.New("the scenario has used up its budget")
	// ErrRecords says that there are more packets and events than the scenario may have.
	ErrRecords = errors.New("the subject and its peer keep each other busy")
)

// Let lets the world go on until done reports true or an error, or the limit has passed, and reports
// done's last answer. It is the only place where time passes. The error is done's, or that of a guard: an
// error of the kinds [ErrBudget], [ErrRecords], [proxy.ErrDials] and [proxy.ErrFlood].
func (w *World) Let(done func() (bool, error), limit time.Duration) (bool, error) {
	budget := w.budget - w.Now()
	var err error
	ok := w.Link.Await(func() bool {
		var ok bool
		if ok, err = done(); ok || err != nil {
			return true
		}
		if linkErr := w.Link.Err(); errors.Is(linkErr, proxy.ErrDials) || errors.Is(linkErr, proxy.ErrFlood) {
			err = linkErr
		} else if w.Recorder.Len() > w.records {
			err = fmt.Errorf("more than %d packets and events: %w", w.records, ErrRecords)
		}
		return err != nil
	}, min(limit, max(budget, 0)))
	if err == nil && !ok && limit > budget {
		err = fmt.Errorf("%w of %v", ErrBudget, w.budget)
	}
	return ok && err == nil, err
}

// stuckAfter is how long a call of the subject may outlive its context: in virtual time long enough for
// timers of its own.
func (w *World) stuckAfter() time.Duration {
	if w.grace > 0 {
		return w.grace
	}
	if w.simulated {
		return time.Hour
	}
	return 5 * time.Second
}

// Ends waits until the channel is closed, for as long as a call may outlive its context. It returns that
// time, and whether the channel was closed.
func (w *World) Ends(ended <-chan struct{}) (time.Duration, bool) {
	timer := time.NewTimer(w.stuckAfter())
	defer timer.Stop()
	select {
	case <-ended:
		return w.stuckAfter(), true
	case <-timer.C:
		return w.stuckAfter(), false
	}
}

// Lingers is how long connections and goroutines that the subject has ended may still exist.
const Lingers = 2 * time.Second

// LeftOpen waits until the subject has ended its connections, and returns those that it leaves open. What it has sent is
// read from now on, whatever stops it.
func (w *World) LeftOpen() []int {
	w.Link.Drain()
	w.Link.Await(func() bool { return len(w.Link.Open()) == 0 }, Lingers)
	return w.Link.Open()
}

// Bubble runs f in a testing/synctest bubble. It returns the deadlock that stopped the bubble, or nil when f has
// returned and no goroutine is left. A panic ends the process. If f takes longer than limit on the wall clock, or
// waits for a mutex that is never unlocked, Bubble calls hung with the reason, unless hung is nil, and ends the
// process with a dump of its goroutines. t must not be inside a bubble.
func Bubble(t *testing.T, what string, limit time.Duration, hung func(why string), f func()) (stopped any) {
	if limit <= 0 {
		limit = DefaultWatchdog
	}
	w := &watchdog{what: what, limit: limit, hung: hung, ended: make(chan struct{})}
	go w.watch()
	go func() { // which is all that ends when the race detector has found something: t has failed then
		defer close(w.ended)
		defer func() { stopped = recover() }()
		synctest.Test(t, func(*testing.T) {
			grow()
			w.bubble.Store(bubbleOf())
			f()
		})
	}()
	<-w.ended
	return stopped
}

// LeftGoroutines reports whether a bubble deadlocked because goroutines were still waiting when its function had
// returned.
func LeftGoroutines(stopped any) bool {
	return strings.Contains(fmt.Sprint(stopped), "main bubble goroutine has exited")
}
