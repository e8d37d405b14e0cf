//go:build race

package harness

// How many real scenarios are played at a time in this process, and in workers: with the race detector they take the processors.
const (
	insideAtOnce  = 16
	workersAtOnce = 8
)

const raceEnabled = true
