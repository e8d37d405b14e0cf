//go:build race

package explore_test

// raced tells that the race detector is on. It changes no verdict, and takes eight times as long.
const raced = true

// realAtOnce is how many cases are played over TCP at once: the race detector takes the processors.
const realAtOnce = 64
