//go:build race

package harness

// realAtOnce is how many real scenarios are played at a time: with the race detector they take the processors.
const realAtOnce = 8

const raceEnabled = true
