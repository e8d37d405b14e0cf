//go:build !race

package harness

// How many real scenarios are played at a time in this process, and in workers: most of their time is waiting.
const (
	insideAtOnce  = 192
	workersAtOnce = 32
)

const raceEnabled = false
