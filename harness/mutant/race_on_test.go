//go:build race

package mutant_test

// raced tells that the race detector is on. It changes no verdict, and takes eight times as long.
const raced = true
