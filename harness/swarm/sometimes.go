package swarm

import (
	"regexp"
	"slices"
	"strings"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// A Sometime is something that a search must meet now and then. One that it never meets shows that the search is
// blind there.
type Sometime struct {
	Name string
	Doc  string
	// Needs are the features of the subjects that can show it.
	Needs []spec.Feature
	// Habit tells that a subject shows it only where its identifiers are told to wrap soon.
	Habit bool

	seen func(*sight) bool
}

// Sometimes returns all of them. The slice is the caller's.
func Sometimes() []Sometime { return slices.Clone(sometimes) }

func init() { sometimes = append(sometimes, restarts...) }

// Enough is how many runs that could have met a [Sometime] are enough: of more, one must have.
const Enough = 2000

var persistent = []spec.Feature{spec.PersistentSession}

var sometimes = []Sometime{
	{Name: "redelivery", Doc: "A message was sent again on another connection, with DUP 1.", Needs: persistent,
		seen: func(s *sight) bool { return s.redelivered(1) }},
	{Name: "redelivery-twice", Doc: "A message was sent a third time, on a third connection.", Needs: persistent,
		seen: func(s *sight) bool { return s.redelivered(2) }},
	{Name: "cut-in-redelivery", Doc: "A connection ended between a message that was sent again and its acknowledgement.", Needs: persistent,
		seen: (*sight).cutInRedelivery},
	{Name: "several-again", Doc: "Several messages were sent again on one connection.", Needs: persistent,
		seen: (*sight).severalAgain},
	{Name: "puback-lost", Doc: "A message was acknowledged by the server, and the client did not get the whole PUBACK.",
		seen: func(s *sight) bool { return s.event(lostPuback) }},
	{Name: "nested-ack", Doc: "The client got the PUBACK for a message of its callback before it had acknowledged the message that the callback was called with.",
		Needs: []spec.Feature{spec.NestedPublish}, seen: (*sight).nestedAck},
	{Name: "window-full", Doc: "As many messages were in flight as the client's limit allows.", Needs: []spec.Feature{spec.OwnLimits, spec.Pipelining},
		seen: func(s *sight) bool { return s.sc.Client.MaxInflight > 0 && s.inFlight() == s.sc.Client.MaxInflight }},
	{Name: "three-in-flight", Doc: "Three messages were in flight at once.", Needs: []spec.Feature{spec.Pipelining},
		seen: func(s *sight) bool { return s.inFlight() >= 3 }},
	{Name: "identifier-wraps", Doc: "The packet identifier behind 65535 was used.", Habit: true,
		seen: (*sight).wraps},
	{Name: "session-lost", Doc: "The client was told on a later connection that its session is gone, although it had asked to keep it.", Needs: persistent,
		seen: func(s *sight) bool {
			return s.connack(func(c *wire.Connect, a *wire.Connack) bool {
				return !c.CleanSession && a.Code == 0 && !a.SessionPresent
			}, 2)
		}},
	{Name: "session-found", Doc: "The client found its session on a later connection.", Needs: persistent,
		seen: func(s *sight) bool {
			return s.connack(func(_ *wire.Connect, a *wire.Connack) bool { return a.Code == 0 && a.SessionPresent }, 2)
		}},
	{Name: "subscribed-again", Doc: "A filter was subscribed to again on another connection.",
		seen: (*sight).subscribedAgain},
	{Name: "refused", Doc: "A CONNACK refused the connection.",
		seen: func(s *sight) bool {
			return s.connack(func(_ *wire.Connect, a *wire.Connack) bool { return a.Code > 0 }, 1)
		}},
	{Name: "half-a-packet", Doc: "The stream to the client ended inside a packet.",
		seen: func(s *sight) bool { return s.half(capture.Handed) }},
	{Name: "half-a-packet-out", Doc: "A connection ended inside a packet of the client's.",
		seen: func(s *sight) bool { return s.event(halfSent) }},
	{Name: "message-twice", Doc: "The client was handed a message twice.",
		seen: (*sight).messageTwice},
	{Name: "merged", Doc: "Two packets came in one piece.",
		seen: func(s *sight) bool { return s.event(merged) }},
	{Name: "ping-unanswered", Doc: "The client sent a PINGREQ, and its connection ended without a PINGRESP.", Needs: []spec.Feature{spec.KeepAlive},
		seen: (*sight).pingUnanswered},
	{Name: "down-and-up", Doc: "The broker was away, and the client published afterwards.",
		seen: (*sight).backFromDown},
	{Name: "five-connections", Doc: "The client connected five times.",
		seen: func(s *sight) bool { return s.records[len(s.records)-1].Conn >= 5 }},
	{Name: "pubrel-again", Doc: "A PUBREL was sent again on another connection.", Needs: []spec.Feature{spec.QoS2},
		seen: (*sight).pubrelAgain},
	{Name: "duplicated", Doc: "A packet was handed over twice, as no TCP does.",
		seen: func(s *sight) bool { return s.sc.Oracle == scenario.Weak && s.event(duplicated) }},
}

// The events of faults, as the recorder notes them.
var (
	lostPuback = regexp.MustCompile(`^fault (drop|cut \w+ at byte [0-3] of|stall at byte [1-3] of|stall) < PUBACK`)
	halfSent   = regexp.MustCompile(`^fault cut \w+ at byte [1-9]\d* of > `)
	merged     = regexp.MustCompile(`^fault merge `)
	duplicated = regexp.MustCompile(`^fault duplicate `)
)

func (s *sight) event(form *regexp.Regexp) bool {
	return slices.ContainsFunc(s.records, func(r capture.Record) bool { return r.Kind == capture.Event && form.MatchString(r.Text) })
}

func (s *sight) redelivered(times int) bool {
	all, _ := s.outbound()
	for _, m := range all {
		conns := slices.Compact(slices.Clone(m.conns))
		if m.dup >= times && len(conns) > times {
			return true
		}
	}
	return false
}

func (s *sight) cutInRedelivery() bool {
	all, _ := s.outbound()
	for _, m := range all {
		for n := 1; n < len(m.at); n++ {
			to := len(s.records)
			if m.acked > m.at[n] {
				to = m.acked
			}
			if m.conns[n] > m.conns[0] && s.ended(m.conns[n], m.at[n], to) && (n+1 < len(m.at)) {
				return true
			}
		}
	}
	return false
}

func (s *sight) severalAgain() bool {
	again := map[int]int{}
	for i, p := range s.packets {
		if q, ok := p.(*wire.Publish); ok && q.Dup && s.records[i].Kind == capture.Sent {
			if again[s.records[i].Conn]++; again[s.records[i].Conn] == 2 {
				return true
			}
		}
	}
	return false
}

// nestedAck looks for a PUBLISH of the client's with its PUBACK, both between a message and its own PUBACK.
func (s *sight) nestedAck() bool {
	for i, p := range s.packets {
		in, ok := p.(*wire.Publish)
		if !ok || s.records[i].Kind != capture.Handed || in.QoS != 1 {
			continue
		}
		if s.acksWithin(i, in.PacketID) {
			return true
		}
	}
	return false
}

// acksWithin reports whether a PUBLISH of the client's and its PUBACK stand behind a record, and before the client's
// own PUBACK for an identifier.
func (s *sight) acksWithin(from int, id uint16) bool {
	own := map[uint16]bool{}
	for n := from + 1; n < len(s.packets) && s.records[n].Conn == s.records[from].Conn; n++ {
		sent := s.records[n].Kind == capture.Sent
		switch q := s.packets[n].(type) {
		case *wire.Publish:
			if sent && q.QoS == 1 {
				own[q.PacketID] = true
			}
		case *wire.Puback:
			switch {
			case sent && q.PacketID == id:
				return false
			case !sent && own[q.PacketID]:
				return true
			}
		}
	}
	return false
}

func (s *sight) wraps() bool {
	high := false
	for i, p := range s.packets {
		if q, ok := p.(*wire.Publish); ok && s.records[i].Kind == capture.Sent && q.QoS > 0 {
			if high && q.PacketID < 1000 {
				return true
			}
			high = high || q.PacketID > 65000
		}
	}
	return false
}

// connack reports whether the answer to a CONNECT is of a kind, on a connection from a number on.
func (s *sight) connack(is func(*wire.Connect, *wire.Connack) bool, from int) bool {
	asked := map[int]*wire.Connect{}
	accepted := 0
	for i, p := range s.packets {
		switch p := p.(type) {
		case *wire.Connect:
			asked[s.records[i].Conn] = p
		case *wire.Connack:
			c := asked[s.records[i].Conn]
			if s.records[i].Kind != capture.Handed || c == nil {
				continue
			}
			if accepted+1 >= from && is(c, p) {
				return true
			}
			if p.Code == 0 {
				accepted++
			}
		}
	}
	return false
}

func (s *sight) subscribedAgain() bool {
	first := map[string]int{}
	for i, p := range s.packets {
		q, ok := p.(*wire.Subscribe)
		if !ok {
			continue
		}
		for _, f := range q.Filters {
			if conn, ok := first[f.Filter]; ok && conn < s.records[i].Conn {
				return true
			} else if !ok {
				first[f.Filter] = s.records[i].Conn
			}
		}
	}
	return false
}

// half reports whether a direction of a connection ended behind bytes that are no packet.
func (s *sight) half(kind capture.Kind) bool {
	last := map[int]int{} // record of the newest bytes of a connection in that direction
	for i, r := range s.records {
		if r.Kind != kind {
			continue
		}
		if n, ok := last[r.Conn]; ok && len(r.Data) == 0 && s.packets[n] == nil {
			return true
		}
		if len(r.Data) > 0 {
			last[r.Conn] = i
		}
	}
	return false
}

func (s *sight) messageTwice() bool {
	seen := map[string]bool{}
	for i, p := range s.packets {
		q, ok := p.(*wire.Publish)
		if !ok || s.records[i].Kind != capture.Handed {
			continue
		}
		k := q.Topic + "\x00" + string(q.Payload)
		if seen[k] {
			return true
		}
		seen[k] = true
	}
	return false
}

func (s *sight) pingUnanswered() bool {
	asked := map[int]bool{}
	for i, r := range s.records {
		switch s.packets[i].(type) {
		case *wire.Pingreq:
			asked[r.Conn] = true
		case *wire.Pingresp:
			if r.Kind == capture.Handed {
				asked[r.Conn] = false
			}
		}
		if len(r.Data) == 0 && r.Kind != capture.Event && asked[r.Conn] {
			return true
		}
	}
	return false
}

func (s *sight) backFromDown() bool {
	down, up := false, false
	for i, r := range s.records {
		if r.Kind == capture.Event {
			down = down || strings.HasPrefix(r.Text, "fault down")
			up = down && (up || strings.HasPrefix(r.Text, "fault up"))
		}
		if q, ok := s.packets[i].(*wire.Publish); ok && up && r.Kind == capture.Sent && q.QoS == 1 {
			return true
		}
	}
	return false
}

func (s *sight) pubrelAgain() bool {
	sent := map[uint16]int{}
	for i, p := range s.packets {
		q, ok := p.(*wire.Pubrel)
		if !ok || s.records[i].Kind != capture.Sent {
			continue
		}
		if conn, ok := sent[q.PacketID]; ok && conn < s.records[i].Conn {
			return true
		}
		sent[q.PacketID] = s.records[i].Conn
	}
	return false
}
