//go:build !race

package harness

// realAtOnce is how many real scenarios are played at a time: most of their time is waiting.
const realAtOnce = 32

const raceEnabled = false
