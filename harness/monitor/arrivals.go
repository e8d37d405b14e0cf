package monitor

// arrivals are packets of one kind that were handed to the client on one connection and that it has to
// answer, in the order of arrival.
type arrivals struct {
	queue  []*arrival
	head   int                   // queue[:head] need no answer any more
	byID   map[uint16][]*arrival // those without an answer
	before map[uint16]bool       // ids that were answered at some time
}

// An arrival is one such packet.
type arrival struct {
	id       uint16
	at       int // its record
	answered bool
	optional bool // it may stay without an answer: a repetition, or nothing that should be answered
}

func (a *arrivals) add(id uint16, at int, optional bool) {
	x := &arrival{id: id, at: at, optional: optional}
	a.queue = append(a.queue, x)
	if a.byID == nil {
		a.byID = make(map[uint16][]*arrival)
		a.before = make(map[uint16]bool)
	}
	a.byID[id] = append(a.byID[id], x)
}

// open reports whether a packet with this id waits for an answer.
func (a *arrivals) open(id uint16) bool { return len(a.byID[id]) > 0 }

// next returns the first packet with this id that waits for an answer, nil if there is none. skipped is
// a packet that has to be answered before it, if there is one.
func (a *arrivals) next(id uint16) (x, skipped *arrival) {
	if !a.open(id) {
		return nil, nil
	}
	x = a.byID[id][0]
	for a.head < len(a.queue) && (a.queue[a.head].answered || a.queue[a.head].optional) {
		a.head++
	}
	if !x.optional && a.head < len(a.queue) && a.queue[a.head].at < x.at {
		skipped = a.queue[a.head]
	}
	return x, skipped
}

// answer notes that x, which next has returned, is answered.
func (a *arrivals) answer(x *arrival) {
	a.byID[x.id] = a.byID[x.id][1:]
	a.before[x.id] = true
	x.answered = true
}
