//go:build race

package main

// raceDetector tells that the race detector is on.
const raceDetector = true
