package fault

import (
	"slices"
	"time"

	"umqtt/harness/wire"
)

// An opening awaits a connection that will be opened.
type opening struct {
	end  Ending // how the connection ends at once; NoEnding refuses it
	rule int    // the rule that added it
}

// maxOpenings bounds how many connections wait to be refused: a Cut adds to them each time it applies.
const maxOpenings = 1 << 20

// Add is [Engine.Arm] for a caller that removes rules: it returns the rule's number, from 1, for
// [Engine.Remove] and [Engine.Hits]. It returns the error of [Rule.Check] and then does not add the rule.
func (e *Engine) Add(r Rule) (id int, err error) {
	if err := r.Check(); err != nil {
		return 0, err
	}
	e.added++
	switch a := r.Action.(type) {
	case Refuse:
		e.open(e.added, a.Count, NoEnding)
	case AcceptClose:
		e.open(e.added, a.Count, a.How)
	default:
		arm := newArmed(r, e.seed, uint64(len(e.rules)))
		arm.id = e.added
		e.rules = append(e.rules, arm)
	}
	return e.added, nil
}

func (e *Engine) open(rule, count int, end Ending) {
	for range min(max(count, 1), maxOpenings-len(e.openings)) {
		e.openings = append(e.openings, opening{end, rule})
	}
}

// opens uses up the next opening.
func (e *Engine) opens() Ending {
	o := e.openings[0]
	e.openings = e.openings[1:]
	e.hits[o.rule]++
	return o.end
}

// Remove removes the rule to which [Engine.Add] gave this number. It returns the packets that the rule keeps,
// after the later rules have been applied to them. Connections that the rule would still have refused are not
// refused. Stalls stay: see [Engine.Heal].
func (e *Engine) Remove(now time.Duration, id int) []Out {
	e.openings = slices.DeleteFunc(e.openings, func(o opening) bool { return o.rule == id })
	delete(e.hits, id)
	i := slices.IndexFunc(e.rules, func(r *armed) bool { return r.id == id })
	if i < 0 {
		return nil
	}
	r := e.rules[i]
	e.rules = slices.Delete(e.rules, i, i+1)
	var outs []Out
	for _, h := range r.held {
		e.holding -= len(h.it.data)
		h.it.due = max(h.it.due, now)
		outs = append(outs, e.outs(h.flow, []item{h.it})...)
	}
	for _, f := range r.keeps() {
		outs = append(outs, e.outs(f, r.flush(f, now))...)
	}
	return outs
}

// keeps lists the flows of which the rule keeps something for the next packet.
func (r *armed) keeps() []flow {
	var flows []flow
	for f := range r.kept {
		flows = append(flows, f)
	}
	for f := range r.merged {
		flows = append(flows, f)
	}
	slices.SortFunc(flows, func(a, b flow) int { return (a.conn-b.conn)*2 + int(a.dir) - int(b.dir) })
	return flows
}

// Hits returns how often the rule with this number has applied: to packets, or to connections that were
// opened. It is 0 for a removed rule.
func (e *Engine) Hits(id int) int { return e.hits[id] }

// Quiet reports whether no rule matches packets, so that all packets pass unchanged.
func (e *Engine) Quiet() bool { return len(e.rules) == 0 }

// Closed removes all state of a connection that has ended, held packets included. A driver that serves an
// unlimited number of connections calls it to bound memory.
func (e *Engine) Closed(conn int) {
	for _, d := range []wire.Direction{wire.ToServer, wire.ToClient} {
		f := flow{conn, d}
		delete(e.stalled, f)
		delete(e.last, f)
		for _, r := range e.rules {
			delete(r.kept, f)
			delete(r.merged, f)
			delete(r.busy, f)
			delete(r.begun, f)
		}
	}
	for _, r := range e.rules {
		r.held = slices.DeleteFunc(r.held, func(h heldItem) bool {
			if h.flow.conn == conn {
				e.holding -= len(h.it.data)
			}
			return h.flow.conn == conn
		})
	}
}
