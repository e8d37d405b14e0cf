package scenario

import (
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", 1500 * time.Millisecond: "1.5s", 250 * time.Millisecond: "250ms", 2 * time.Minute: "2m", 90 * time.Second: "1m30s",
		time.Hour: "1h", time.Hour + time.Second: "1h0m1s", 90 * time.Minute: "1h30m", 100 * time.Minute: "1h40m", 10 * time.Second: "10s", 3 * time.Microsecond: "3µs",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %s, want %s", d, got, want)
		}
		if got, err := parseDuration(span(d)); err != nil || got != d {
			t.Errorf("%s is read as %v, %v", span(d), got, err)
		}
	}
}
