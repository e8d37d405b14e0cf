package monitor

import (
	"slices"

	"umqtt/harness/capture"
)

// A Live judges a client while it runs: it is given each record as it comes, and returns each finding once, with
// the record that shows it. It is not safe for concurrent use.
//
// The capture of a Live begins anywhere in the client's life, and so it accuses less than [Check]: what could be
// the rest of something earlier is left alone, until a server accepts a connection with clean session 1, which
// ends all that was before. Whether a connection is still open long after its DISCONNECT is left alone.
//
// Memory is bounded. Behind Max a Live forgets what has passed and goes on as if it began there; so it does behind
// packets that a capture leaves out.
type Live struct {
	// Max is how many bytes of records are remembered, at most; NewLive sets it to [MaxLive]. It may be changed
	// between calls.
	Max int

	k      *checker
	n      int // records so far
	size   int // of what is remembered
	before *link
}

// MaxLive is how many bytes of records a [Live] remembers by default. Each record counts its data and 256 bytes more.
const MaxLive = 4 << 20

const recordCost = 256

// NewLive returns a Live for one client, which has a client identifier of its own, over all its connections. With
// born, the first record is the beginning of the client's life, and it accuses as much as Check.
func NewLive(w World, born bool) *Live {
	k := &checker{
		links: make(map[int]*link), clients: make(map[string]*client),
		clock:  clock{known: true, exact: w == Simulated},
		hidden: !born, middle: !born,
	}
	return &Live{k: k, Max: MaxLive, before: newLink(0)}
}

// Add judges the next record. The records of one connection come in their order; connections are told apart by
// their numbers, of which each is used once. Findings count records from 0, in the order in which Add got them.
func (v *Live) Add(r capture.Record) []Finding {
	k := v.k
	k.clock.known = k.clock.known && r.Time != capture.NoTime
	k.clock.last = r.Time
	k.record(v.n, r)
	if l := k.links[r.Conn]; l != nil {
		v.begin(l)
	}
	v.n++
	if v.size += len(r.Data) + recordCost; v.size > v.Max || r.LeftOut() {
		v.forget()
	}
	return v.found()
}

// Closed tells that a connection is over: no record of it comes any more. What its end shows is judged.
func (v *Live) Closed(conn int) []Finding {
	k := v.k
	l := k.links[conn]
	if l == nil {
		return nil
	}
	if !l.over {
		k.silent(l, k.clock.last, l.lastRecord)
	}
	k.wasSilent(l)
	k.settle(l)
	delete(k.links, conn)
	k.order = slices.DeleteFunc(k.order, func(o *link) bool { return o == l })
	return v.found()
}

// Open returns the number of connections that are not closed.
func (v *Live) Open() int { return len(v.k.links) }

// Records returns the number of records so far: the next one has this number.
func (v *Live) Records() int { return v.n }

// found returns the findings that were not returned before.
func (v *Live) found() []Finding {
	found := v.k.findings
	v.k.findings = nil
	return found
}

// begin has a link's session begin in the middle, or at its beginning where that is sure.
func (v *Live) begin(l *link) {
	k, ses := v.k, l.session
	if !k.middle || ses == nil || l.other {
		return
	}
	if ses.first == l {
		ses.first = v.before
	}
	if l.accepted && !l.forgotten && ses.clean && ses.link == l && len(k.links) == 1 && ses.before == nil {
		k.middle, k.hidden, ses.resumed, ses.first = false, false, false, l
	}
}

// forget makes the state of the checker that of one which begins now.
func (v *Live) forget() {
	k := v.k
	v.size = 0
	k.middle, k.hidden = true, true
	sessions := make(map[*session]*session)
	fresh := func(s *session) *session {
		if s == nil {
			return nil
		}
		if sessions[s] == nil {
			n := newSession(s.number)
			n.clean, n.accepted, n.resumed, n.first, n.link = s.clean, s.accepted, true, v.before, v.before
			sessions[s] = n
		}
		return sessions[s]
	}
	clients := make(map[*client]*client)
	for id, c := range k.clients {
		n := &client{current: fresh(c.current), sessions: c.sessions, seen: make(map[string]int)}
		k.clients[id], clients[c] = n, n
	}
	for i, l := range k.order {
		n := newLink(l.num)
		maps := *n
		*n = *l
		n.requested, n.stray, n.freed, n.resent = maps.requested, maps.stray, maps.freed, maps.resent
		n.once, n.twice, n.recs, n.rels = arrivals{}, arrivals{}, arrivals{}, arrivals{}
		n.owed, n.newest, n.waiting, n.left, n.forgotten = nil, nil, 0, false, true
		n.stops, n.passed = slices.Clone(l.stops[:min(1, len(l.stops))]), min(1, len(l.stops))
		n.client, n.session = clients[l.client], fresh(l.session)
		if l.session != nil && l.session.link == l {
			n.session.link = n
		}
		k.order[i], k.links[l.num] = n, n
	}
}
