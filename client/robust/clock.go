package robust

import (
	"context"
	"math/rand/v2"
	"time"
)

// Clock tells the time and waits.
type Clock interface {
	Now() time.Time
	// Sleep waits for d, which is above 0. If the context ends first, it returns the
	// context's error.
	Sleep(ctx context.Context, d time.Duration) error
}

// Rand draws numbers from 0 up to but not including 1, as *rand.Rand of
// math/rand and of math/rand/v2 do.
type Rand interface {
	Float64() float64
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

// Sleep does not race with a deadline: a context that ends at the same instant or
// before ends the wait.
func (systemClock) Sleep(ctx context.Context, d time.Duration) error {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		<-ctx.Done()
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

type systemRand struct{}

func (systemRand) Float64() float64 { return rand.Float64() }
