package robust

import (
	"math"
	"time"

	"umqtt/client"
)

// Defaults for the fields of Backoff that are 0.
const (
	DefaultInitial = time.Second
	DefaultMax     = time.Minute
	DefaultFactor  = 2
)

// Backoff describes delays that grow. The first attempt of an outage is made at once,
// the second after Initial, and each later delay is Factor times the one before, up to
// Max.
type Backoff struct {
	// Initial is the delay before the second attempt. 0 means DefaultInitial.
	Initial time.Duration
	// Max is the longest delay, jitter included. 0 means DefaultMax, or Initial if that
	// is longer.
	Max time.Duration
	// Factor is at least 1. 0 means DefaultFactor.
	Factor float64
	// Jitter, from 0 to 1, makes each delay random: uniformly distributed between
	// delay*(1-Jitter) and delay*(1+Jitter), but at most Max. Many clients of one
	// server then do not connect at the same time.
	Jitter float64
}

func (b Backoff) withDefaults() Backoff {
	if b.Initial == 0 {
		b.Initial = DefaultInitial
	}
	if b.Max == 0 {
		b.Max = max(DefaultMax, b.Initial)
	}
	if b.Factor == 0 {
		b.Factor = DefaultFactor
	}
	return b
}

func (b Backoff) validate() error {
	b = b.withDefaults()
	switch {
	case b.Initial < 0:
		return invalid("Backoff.Initial", "negative")
	case b.Max < b.Initial:
		return invalid("Backoff.Max", "below Initial")
	case !(b.Factor >= 1):
		return invalid("Backoff.Factor", "below 1")
	case !(b.Jitter >= 0 && b.Jitter <= 1):
		return invalid("Backoff.Jitter", "not in the range 0 to 1")
	}
	return nil
}

// delay returns the delay before an attempt. It draws once if there is a choice.
func (b Backoff) delay(attempt int, r Rand) time.Duration {
	if attempt <= 1 {
		return 0
	}
	b = b.withDefaults()
	longest := float64(b.Max)
	middle := min(float64(b.Initial)*math.Pow(b.Factor, float64(attempt-2)), longest)
	if b.Jitter == 0 {
		return time.Duration(middle)
	}
	least, most := middle*(1-b.Jitter), min(middle*(1+b.Jitter), longest)
	return time.Duration(least + (most-least)*r.Float64())
}

func invalid(field, reason string) error {
	return &client.ValidationError{Field: field, Reason: reason}
}
