package proxy

import (
	"maps"
	"sync/atomic"

	"umqtt/harness/wire"
)

// Stats counts what a [Relay] has done since its start.
type Stats struct {
	Opened     int   // connections that were carried to the broker
	Open       int   // those of them that are open
	Refused    int64 // connections that a rule, or Down, has refused
	Full       int64 // connections beyond Options.MaxConns
	Unreached  int64 // connections for which the broker could not be reached; they were reset
	Handshakes int64 // connections whose TLS handshake has failed
	TooLong    int64 // connections that were reset for a packet beyond Options.MaxPacket
	Silent     int64 // connections that were reset for want of a packet within Options.OpenTimeout
	Crowded    int64 // connections that were reset because all together have too much in memory
	LastErr    error // of the last dial of the broker that failed

	Sent, Received           map[wire.Type]int64 // packets of clients, and of the broker, before faults
	SentBytes, ReceivedBytes int64
	Fired                    map[string]int // how often rules have applied, by action
}

// counts are the counters that connections add to.
type counts struct {
	waiting, refused, full, unreached, handshakes, tooLong, silent, crowded, buffered atomic.Int64

	bytes   [2]atomic.Int64 // by direction
	packets [2][16]atomic.Int64
}

// add adds packets of a direction, by type.
func (c *counts) add(d wire.Direction, types *[16]int64) {
	for t, n := range types {
		if n > 0 {
			c.packets[d][t].Add(n)
		}
	}
}

func (c *counts) types(d wire.Direction) map[wire.Type]int64 {
	m := make(map[wire.Type]int64)
	for t := range c.packets[d] {
		if n := c.packets[d][t].Load(); n > 0 {
			m[wire.Type(t)] = n
		}
	}
	return m
}

// Stats returns the counts so far.
func (r *Relay) Stats() Stats {
	c := &r.counts
	s := Stats{
		Refused: c.refused.Load(), Full: c.full.Load(), Unreached: c.unreached.Load(), Handshakes: c.handshakes.Load(), TooLong: c.tooLong.Load(),
		Silent: c.silent.Load(), Crowded: c.crowded.Load(),
		Sent: c.types(wire.ToServer), Received: c.types(wire.ToClient),
		SentBytes: c.bytes[wire.ToServer].Load(), ReceivedBytes: c.bytes[wire.ToClient].Load(),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.Opened, s.Open, s.LastErr, s.Fired = r.opened, len(r.conns), r.last, maps.Clone(r.fired)
	for _, a := range r.rules {
		if n := r.engine.Hits(a.ID); n > 0 {
			s.Fired[a.Rule.Action.Name()] += n
		}
	}
	return s
}
