package proxy

import (
	"cmp"
	"slices"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// The stepper knows what may move next without a look at each connection. It looks at those that have changed since its
// last step: who changes one calls changes. These are the changes:
//
//   - an endpoint has written, or ended its connection: simnet calls changes;
//   - the proxy itself has ended or closed its end, and reads an error there, which simnet does not tell it: move, sever,
//     Close;
//   - a piece or a packet was moved: move;
//   - the engine has decided about a packet, and may have stalled the connection: decide;
//   - the scenario has acted on the connection: on, Release.
//
// Two changes are of no connection. Time passes, and what was delayed may move: it is kept by the time. And a connection
// waits for the ends of older ones of its link, which it is looked at for when the oldest of these changes. What
// a [Config].Buffer keeps back depends on more, and such connections are looked at in each step.

// standing is what the stepper has noted of a connection when it has last looked at it.
type standing struct {
	changed bool // and it is among those to look at; guarded by the stepper's changing
	over    bool // nothing moves on it any more
	choices [2][]choice
	only    [2][1]choice     // the first room of choices: one is the rule
	delayed [2]time.Duration // when its first piece may move, if it is later; 0 is not
	heads   bool             // it is among the heads of its link
	ends    bool             // it is among the ends of its link
}

// A link is the connections of one endpoint that follow each other.
type link struct {
	name  string
	heads ordered[*simConn] // those whose next packet to the peer may move, unless it waits for an end
	ends  ordered[*simConn] // those whose end the peer should see before what is sent on younger ones
}

// A delay is when the first piece of one direction may move.
type delay struct {
	due  time.Duration
	conn *simConn
	dir  wire.Direction
}

func byNumber(a, b *simConn) int { return a.no - b.no }

func byDue(a, b delay) int {
	return cmp.Or(cmp.Compare(a.due, b.due), byNumber(a.conn, b.conn), index(a.dir)-index(b.dir))
}

// byArrival is the order of choices: those that were sent first come first. What the script has sent has no number of its
// own: it comes in the order of the connections.
func byArrival(a, b choice) int {
	return cmp.Or(a.seq-b.seq, byNumber(a.conn, b.conn), index(a.dir)-index(b.dir))
}

// linkOf returns the link of that name.
func (s *Stepper) linkOf(name string) *link {
	for _, l := range s.links {
		if l.name == name {
			return l
		}
	}
	l := &s.subject
	if name != subjectLink {
		l = new(link)
	}
	l.name, l.heads.compare, l.ends.compare = name, byNumber, byNumber
	s.links = append(s.links, l)
	return l
}

// changes has the next step look at a connection. Any goroutine may call it.
func (s *Stepper) changes(c *simConn) {
	s.changing.Lock()
	defer s.changing.Unlock()
	if !c.standing.changed {
		c.standing.changed = true
		s.changed = append(s.changed, c)
	}
}

// hasChanged is changes for what drives the connection.
func (c *simConn) hasChanged() { c.stepper.changes(c) }

// takeChanged returns the connections that have changed, in the order of dialing.
func (s *Stepper) takeChanged() []*simConn {
	if s.cfg.Buffer > 0 {
		s.polled = slices.DeleteFunc(s.polled, func(c *simConn) bool { return c.over })
		for _, c := range s.polled {
			s.changes(c)
		}
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	cs := s.changed
	s.changed = s.spare[:0]
	s.spare = cs
	for _, c := range cs {
		c.standing.changed = false
	}
	slices.SortFunc(cs, byNumber)
	return cs
}

// collect empties every connection into the outboxes, in a fixed order, and notes what may move now.
func (s *Stepper) collect() {
	if s.cfg.Collect != nil {
		s.cfg.Collect()
	}
	cs := s.takeChanged()
	for _, c := range cs {
		if c.over {
			continue
		}
		s.drain(c, wire.ToServer, c.near)
		if c.far != nil {
			s.drain(c, wire.ToClient, c.far)
		}
	}
	for _, c := range cs {
		s.look(c)
	}
	for now := s.Now(); s.delays.n > 0; {
		d := s.delays.at(0)
		if d.due > now {
			break
		}
		s.look(d.conn)
	}
}

// look notes what may move on a connection.
func (s *Stepper) look(c *simConn) {
	if c.over {
		return
	}
	c.over = c.ended()
	stalled := s.stalled(c.conn, wire.ToServer)
	before := c.group.oldestEnd()
	note(&c.group.heads, c, &c.heads, len(c.outbox[0]) > 0 && !stalled && !s.ready(c.conn, wire.ToServer))
	note(&c.group.ends, c, &c.ends, c.endComes() && !c.cut && !stalled)
	for _, d := range directions {
		s.list(c, d)
		s.delay(c, d)
	}
	s.unblock(c.group, before)
}

// note has a set contain a connection or not.
func note(o *ordered[*simConn], c *simConn, is *bool, want bool) {
	switch {
	case want && !*is:
		o.add(c)
	case !want && *is:
		o.remove(c)
	}
	*is = want
}

// endComes reports whether the end of what the client sends has arrived, and was not taken. It is the last arrival.
func (c *simConn) endComes() bool {
	k := len(c.outbox[0])
	return k > 0 && c.outbox[0][k-1].end != fault.NoEnding
}

// oldestEnd returns the oldest connection whose end comes; nil is none.
func (l *link) oldestEnd() *simConn {
	if l.ends.n == 0 {
		return nil
	}
	return l.ends.at(0)
}

// blocked reports whether an older connection of the same link has an end on its way that the peer should see first: a
// broker that meets the new CONNECT before it can mix up the two sessions.
func (c *simConn) blocked() bool {
	end := c.group.oldestEnd()
	return end != nil && end.no < c.no
}

// unblock lists the heads of a link anew that wait for an end now and did not before, or the other way round.
func (s *Stepper) unblock(l *link, before *simConn) {
	now := l.oldestEnd()
	if now == before || l.heads.n == 0 {
		return
	}
	from, to := before, now
	if before == nil || now != nil && now.no < before.no {
		from, to = now, before
	}
	if to == nil {
		to = s.all[len(s.all)-1]
	}
	s.heads = l.heads.between(s.heads[:0], from, to)
	for _, c := range s.heads {
		s.list(c, wire.ToServer)
	}
}

// list notes what may move in one direction of a connection.
func (s *Stepper) list(c *simConn, d wire.Direction) {
	old := &c.choices[index(d)]
	s.listed = s.listed[:0]
	if !c.over {
		s.listed = s.appendChoices(s.listed, c, d)
	}
	if slices.Equal(s.listed, *old) {
		return
	}
	for _, m := range *old {
		s.choices.remove(m)
	}
	for _, m := range s.listed {
		s.choices.add(m)
	}
	if *old == nil {
		*old = c.only[index(d)][:]
	}
	*old = append((*old)[:0], s.listed...)
}

// delay notes when the first piece of a direction may move, if that is later.
func (s *Stepper) delay(c *simConn, d wire.Direction) {
	f, old := c.flow(d), &c.delayed[index(d)]
	var due time.Duration
	if !c.over && len(f.pending) > 0 && !s.stalled(c.conn, d) && f.pending[0].Due > s.Now() {
		due = f.pending[0].Due
	}
	if due == *old {
		return
	}
	if *old > 0 {
		s.delays.remove(delay{*old, c, d})
	}
	if due > 0 {
		s.delays.add(delay{due, c, d})
	}
	*old = due
}
