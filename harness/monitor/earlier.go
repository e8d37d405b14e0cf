package monitor

// The standard does not say that an answer dies with its connection: what was handed over on an earlier
// connection of a session may be answered on a later one, and answered once more, since the client cannot know
// whether its answer has arrived.

// arrivedIDs are the ids of what was handed over in a session, of each kind that is to be answered.
type arrivedIDs struct{ once, twice, rels seen }

func newArrivedIDs() arrivedIDs { return arrivedIDs{make(seen), make(seen), make(seen)} }

// seen holds, by id, where packets of one kind were handed over in a session.
type seen map[uint16]*sighting

// A sighting is where the packets with one id were handed over.
type sighting struct {
	first *link // the first one
	last  *link // the last one
	at    int   // the record in which the last message with this id was handed over first
	prev  int   // the same for what was handed over before last
}

// add notes a packet in the record at of l; fresh tells that it is no repetition.
func (s seen) add(id uint16, at int, l *link, fresh bool) {
	x := s[id]
	if x == nil {
		s[id] = &sighting{first: l, last: l, at: at}
		return
	}
	if x.last != l {
		x.prev, x.last = x.at, l
	}
	if fresh {
		x.at = at
	}
}

// before reports whether a packet with this id was handed over on a connection before l.
func (s seen) before(id uint16, l *link) bool { return s[id] != nil && s[id].first != l }

// mayPass reports whether an answer with this id may be one to an earlier connection's packet, which has to
// be answered no later than one with the id other of an earlier connection.
func (s seen) mayPass(id, other uint16, l *link) bool {
	return s.before(id, l) && (!s.before(other, l) || s[id].place(l) < s[other].place(l))
}

// place is the record in which the last message before l was handed over first.
func (x *sighting) place(l *link) int {
	if x.last == l {
		return x.prev
	}
	return x.at
}
