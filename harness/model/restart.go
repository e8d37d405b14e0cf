package model

import (
	"fmt"
	"slices"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// A Restart is the end of a process of the client's of which nothing is left but its store. Another process with the
// same store and client identifier follows.
type Restart struct {
	// Conns and Calls are how many connections the client had opened by then, and how many of the history's calls had
	// begun.
	Conns, Calls int
	// Kept are the messages that the store holds, in the order in which they were put.
	Kept []Kept
}

// Kept is a message at QoS 1 in a store.
type Kept struct {
	Message
	ID uint16
}

// restartRules are about the messages that a store has kept of an earlier process.
var restartRules = []Rule{
	{Name: "kept-arrives", IDs: []string{"MQTT-4.4.0-1"}, check: (*judgement).keptArrive,
		Doc: "Once the faults are over, each message that a store has kept of an earlier process has been sent and acknowledged, or given up with its session."},
	{Name: "kept-same", IDs: []string{"MQTT-2.3.1-3", "MQTT-3.3.1-1"}, check: (*judgement).restarts,
		Doc: "A message that a store has kept is sent with its identifier and with DUP, and no other message takes that identifier before it is acknowledged."},
	{Name: "kept-first", IDs: []string{"MQTT-4.6.0-1", "umqtt-reconnect-4"}, check: (*judgement).restarts,
		Doc: "The messages that a store has kept are sent in their order, and by a client that promises so in front of anything new."},
	{Name: "kept-only", IDs: []string{"MQTT-4.3.2-1"}, check: (*judgement).restarts,
		Doc: "A message of an earlier process that its store has not kept is not sent: it was acknowledged, or its call never got so far."},
}

func (j *judgement) keptArrive() {
	if len(j.Restarts) == 0 || !j.Drained {
		return
	}
	for _, m := range j.afterRestart(len(j.Restarts) - 1).open {
		j.report(-1, "%v, which the store has kept with identifier %d, was not acknowledged, although the faults are over", m.Message, m.ID)
	}
}

// restarts reports what the processes behind the restarts do against the rule.
func (j *judgement) restarts() {
	for i := range j.Restarts {
		for _, f := range j.afterRestart(i).against {
			if f.rule == j.rule.Name {
				j.report(f.record, "%s", f.message)
			}
		}
	}
}

// A restarted is the walk through the records of a process that follows another.
type restarted struct {
	*judgement
	*Restart
	against []against
	open    []Kept       // neither acknowledged nor given up
	conn    int          // the newest connection
	waiting []Kept       // those of open that were not sent on it
	earlier map[key]bool // messages of calls of earlier processes
	calls   map[key]int  // of all processes
}

// against is what a process does against a rule.
type against struct {
	rule, message string
	record        int
}

// afterRestart walks through the records between a restart and the next one.
func (j *judgement) afterRestart(number int) *restarted {
	r := &j.Restarts[number]
	w := &restarted{judgement: j, Restart: r, open: slices.Clone(r.Kept), earlier: map[key]bool{}, calls: map[key]int{}}
	for i := range j.Calls {
		if c := &j.Calls[i]; c.Verb == "publish" {
			w.earlier[c.key()] = i < r.Calls
			w.calls[c.key()]++
		}
	}
	last := len(j.Records) // there are no more connections than records
	if number+1 < len(j.Restarts) {
		last = j.Restarts[number+1].Conns
	}
	for i, p := range j.packets {
		conn := j.Records[i].Conn
		if p == nil || conn <= r.Conns || conn > last {
			continue
		}
		if j.Records[i].Kind == capture.Sent {
			w.sends(i, p)
		} else {
			w.gets(p)
		}
	}
	return w
}

// sends looks at a packet of the client.
func (w *restarted) sends(i int, p wire.Packet) {
	switch p := p.(type) {
	case *wire.Connect:
		if p.CleanSession {
			w.open = nil
		}
		w.conn, w.waiting = w.Records[i].Conn, slices.Clone(w.open)
	case *wire.Publish:
		if p.QoS > 0 && w.Records[i].Conn == w.conn {
			w.publishes(i, p)
		}
	}
}

// gets looks at a packet that was handed to the client.
func (w *restarted) gets(p wire.Packet) {
	switch p := p.(type) {
	case *wire.Connack:
		if p.Code == 0 && !p.SessionPresent && !w.Ordered {
			w.open, w.waiting = nil, nil // either reading of 4.4 is fine
		}
	case *wire.Puback:
		w.open, _ = without(w.open, p.PacketID)
		w.waiting, _ = without(w.waiting, p.PacketID)
	}
}

func (w *restarted) publishes(i int, p *wire.Publish) {
	k := key{p.Topic, string(p.Payload)}
	same := func(m Kept) bool { return m.key() == k }
	at := slices.IndexFunc(w.open, func(m Kept) bool { return m.ID == p.PacketID })
	switch {
	case at >= 0 && !same(w.open[at]):
		w.note("kept-same", i, "the client sends %q with identifier %d, under which the store has kept %v", p.Payload, p.PacketID, w.open[at].Message)
	case at >= 0:
		if !p.Dup {
			w.note("kept-same", i, "the client sends %v, which the store has kept, without DUP", w.open[at].Message)
		}
		rest, place := without(w.waiting, p.PacketID)
		if place > 0 {
			w.note("kept-first", i, "the client sends %v in front of %v, which the store has kept longer", w.open[at].Message, w.waiting[0].Message)
		}
		w.waiting = rest
	case slices.ContainsFunc(w.open, same) && w.calls[k] == 1: // another message may be alike
		w.note("kept-same", i, "the client sends %q with identifier %d, and the store has kept it with another one", p.Payload, p.PacketID)
	case w.earlier[k]:
		if !slices.ContainsFunc(w.Kept, same) {
			w.note("kept-only", i, "the client sends %q, which is of an earlier process, and its store has not kept it", p.Payload)
		}
	case len(w.waiting) > 0 && w.Ordered:
		w.note("kept-first", i, "the client sends %q in front of %v, which the store has kept", p.Payload, w.waiting[0].Message)
	}
}

func (w *restarted) note(rule string, record int, format string, args ...any) {
	w.against = append(w.against, against{rule, fmt.Sprintf(format, args...), record})
}

// without returns the messages but the one with an identifier, and the place that it had, or -1.
func without(all []Kept, id uint16) ([]Kept, int) {
	at := slices.IndexFunc(all, func(m Kept) bool { return m.ID == id })
	if at < 0 {
		return all, -1
	}
	return slices.Delete(slices.Clone(all), at, at+1), at
}
