package simnet_test

import (
	"testing"
	"testing/synctest"
	"time"
)

// inBoth runs f with the real clock and inside a bubble. There settle returns
// once every goroutine waits, and elapsed times are exact; outside settle only
// gives the others some time.
func inBoth(t *testing.T, f func(t *testing.T, w where)) {
	t.Helper()
	t.Run("real", func(t *testing.T) {
		t.Parallel()
		f(t, where{settle: func() { <-time.After(20 * time.Millisecond) }})
	})
	t.Run("bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f(t, where{bubble: true, settle: synctest.Wait})
		})
	})
}

type where struct {
	bubble bool
	settle func()
}

// took checks that start lies want in the past: exactly so in a bubble.
func (w where) took(t *testing.T, start time.Time, want time.Duration) {
	t.Helper()
	got := time.Since(start)
	if got < want || w.bubble && got != want {
		t.Errorf("took %v, want %v", got, want)
	}
}

// within fails the test when c gives nothing for ten seconds.
func within[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("nothing happened for ten seconds")
		panic("unreachable")
	}
}

// result is what a Read or Write returned.
type result struct {
	n   int
	err string
}

// start runs a Read or Write in a goroutine of its own.
func start(op func([]byte) (int, error), p []byte) <-chan result {
	done := make(chan result, 1)
	go func() {
		n, err := op(p)
		done <- result{n, errName(err)}
	}()
	return done
}
