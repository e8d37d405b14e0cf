package main

import (
	"slices"
	"strings"
	"time"
)

// config says how much to measure.
type config struct {
	repeats  int
	sample   time.Duration // how long a sample publishes at QoS 0
	small    int           // messages of 16 B to warm up with
	large    int           // messages of 16 KiB to warm up with, and to receive in a sample
	trips    int           // QoS 1 round trips in a sample
	receives int           // messages of 16 B received in a sample
	clients  int           // clients connected at a time
	only     string
	parts    string // of clients, relays, sessions, growth

	relayRepeats int
	most         int           // above 0: only the two smallest sizes of each curve
	plot         string        // file
	limit        time.Duration // of the whole run
}

// full is what make bench measures.
func full() config {
	return config{repeats: 20, sample: 250 * time.Millisecond, small: 5_000, large: 1_500, trips: 3_000, receives: 100_000, clients: 1_000, limit: 15 * time.Minute, relayRepeats: 10, parts: allParts}
}

// smoke shows that everything works.
func smoke() config {
	return config{repeats: 2, sample: 5 * time.Millisecond, small: 500, large: 50, trips: 50, receives: 500, clients: 20, limit: 3 * time.Minute, relayRepeats: 2, most: 1, parts: allParts}
}

// The sizes of payloads, in bytes.
const (
	smallPayload = 16
	largePayload = 16 << 10
)

// allParts is all that can be measured.
const allParts = "clients,relays,sessions,growth"

// has reports whether a part is to be measured.
func (c config) has(part string) bool { return slices.Contains(strings.Split(c.parts, ","), part) }
