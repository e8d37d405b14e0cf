package judge

import (
	"slices"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// An index is what the judge knows of the records that it has looked at. It looks at each of them once, so that
// judging takes time in proportion to the records, however often it asks.
type index struct {
	looked   int               // records looked at
	newest   int               // the newest connection
	lives    []life            // in the order of the records
	requests map[request][]int // records of the SUBSCRIBE and UNSUBSCRIBE packets, by each of their filters
	over     map[uint16]string // identifiers whose exchange of a message to the client is over, with the rule that sets them free
	reused   map[key]reuse     // messages that came last under such an identifier
}

// A life is the state of the newest connection from one record on.
type life struct {
	from  int
	alive bool // it was accepted, and has not ended
}

// A request is what a subscribe or an unsubscribe asks for.
type request struct{ verb, filter string }

// A reuse is a message that was handed over under an identifier whose exchange was over.
type reuse struct {
	at   int // its record
	rule string
}

func newIndex() index {
	return index{requests: map[request][]int{}, over: map[uint16]string{}, reused: map[key]reuse{}}
}

// look looks at the records that are new.
func (j *Judge) look() {
	for _, r := range j.records.Since(j.looked) {
		j.see(r)
		j.looked++
	}
}

// see looks at one record, the number of which is j.looked.
func (j *Judge) see(r capture.Record) {
	if r.Conn > j.newest {
		j.newest = r.Conn
		j.lives = append(j.lives, life{j.looked, false})
	}
	if r.Conn == j.newest && r.Kind != capture.Event && len(r.Data) == 0 {
		j.lives = append(j.lives, life{j.looked, false})
	}
	switch q, _ := r.Packet(); q := q.(type) {
	case *wire.Connack:
		if q.Code == 0 && r.Conn == j.newest {
			j.lives = append(j.lives, life{j.looked, true})
		}
	case *wire.Subscribe:
		for _, f := range q.Filters {
			j.asks("subscribe", f.Filter)
		}
	case *wire.Unsubscribe:
		for _, f := range q.Filters {
			j.asks("unsubscribe", f)
		}
	case *wire.Puback:
		if r.Kind == capture.Sent {
			j.over[q.PacketID] = newAfterPuback
		}
	case *wire.Pubcomp:
		if r.Kind == capture.Sent {
			j.over[q.PacketID] = newAfterPubcomp
		}
	case *wire.Publish:
		// That of QoS 0 has the identifier 0, which is never over.
		if rule := j.over[q.PacketID]; r.Kind == capture.Handed && rule != "" {
			j.reused[key{q.Topic, string(q.Payload)}] = reuse{j.looked, rule}
		}
	}
}

func (j *Judge) asks(verb, filter string) {
	k := request{verb, filter}
	j.requests[k] = append(j.requests[k], j.looked)
}

// living reports whether, in the first n records, the newest connection was accepted and has not ended: a connect
// that finds it so has nothing to do.
func (j *Judge) living(n int) bool {
	j.look()
	i, _ := slices.BinarySearchFunc(j.lives, n, func(l life, n int) int { return l.from - n })
	return i > 0 && j.lives[i-1].alive
}

// settled reports whether, in the first n records, the newest packet that subscribes to a filter, or unsubscribes
// from it, has been acknowledged. A packet that only the other side may send is malformed, and none.
func (j *Judge) settled(n int, verb, filter string) bool {
	j.look()
	at := j.requests[request{verb, filter}]
	i, _ := slices.BinarySearch(at, n)
	if i == 0 {
		return false
	}
	records := j.records.Since(at[i-1])
	asked, _ := records[0].Packet()
	id, _ := wire.Get(asked, "packet_id")
	for _, r := range records[:min(n-at[i-1], len(records))] {
		q, _ := r.Packet()
		if r.Conn != records[0].Conn || q == nil || q.Type() != answer(&Call{Verb: verb}) {
			continue
		}
		if acked, _ := wire.Get(q, "packet_id"); acked == id {
			return true
		}
	}
	return false
}
