package main

import "time"

// config says how much to measure.
type config struct {
	repeats  int
	small    int // messages of 16 B in a sample
	large    int // messages of 16 KiB in a sample
	trips    int // QoS 1 round trips in a sample
	receives int // messages received in a sample
	clients  int // clients connected at a time
	only     string
	limit    time.Duration // of the whole run
}

// full is what make bench measures.
func full() config {
	return config{repeats: 20, small: 30_000, large: 3_000, trips: 3_000, receives: 100_000, clients: 1_000, limit: 15 * time.Minute}
}

// smoke shows that everything works.
func smoke() config {
	return config{repeats: 2, small: 500, large: 50, trips: 50, receives: 500, clients: 20, limit: 3 * time.Minute}
}

// The sizes of payloads, in bytes.
const (
	smallPayload = 16
	largePayload = 16 << 10
)
