package proxy

import (
	"fmt"
	"slices"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// Armed is a rule of a [Relay].
type Armed struct {
	ID   int // by which [Relay.Remove] knows it, from 1
	Rule fault.Rule
	Hits int // how often it has applied
}

// MaxRules is how many rules a [Relay] takes.
const MaxRules = 20_000

// Add adds a rule behind the others, for what passes from now on, and returns its number. A rule that is wrong is an error,
// and so is one beyond [MaxRules].
func (r *Relay) Add(rule fault.Rule) (id int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.rules) >= MaxRules {
		return 0, fmt.Errorf("proxy: more than %d rules", MaxRules)
	}
	if id, err = r.engine.Add(rule); err != nil {
		return 0, err
	}
	r.rules = append(r.rules, Armed{ID: id, Rule: rule})
	r.version.Add(1)
	return id, nil
}

// Remove removes a rule, and reports whether there was one of that number. What the rule keeps back is handed over.
func (r *Relay) Remove(id int) bool {
	r.mu.Lock()
	i := slices.IndexFunc(r.rules, func(a Armed) bool { return a.ID == id })
	if i < 0 {
		r.mu.Unlock()
		return false
	}
	r.fired[r.rules[i].Rule.Action.Name()] += r.engine.Hits(id)
	r.rules = slices.Delete(r.rules, i, i+1)
	outs := r.engine.Remove(r.Now(), id)
	r.version.Add(1)
	r.mu.Unlock()
	r.handOver(outs)
	return true
}

// Rules lists the rules, in the order in which packets pass them.
func (r *Relay) Rules() []Armed {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Clone(r.rules)
	for i := range all {
		all[i].Hits = r.engine.Hits(all[i].ID)
	}
	return all
}

// Release hands over what the rules of the kind [fault.Hold] of this name hold, and removes them.
func (r *Relay) Release(name string) error {
	r.mu.Lock()
	outs, _, err := r.engine.Release(r.Now(), name)
	if err == nil {
		r.rules = slices.DeleteFunc(r.rules, func(a Armed) bool {
			_, hold := a.Rule.Action.(fault.Hold)
			if hold = hold && a.Rule.Name == name; hold {
				r.fired["hold"] += r.engine.Hits(a.ID)
			}
			return hold
		})
		r.version.Add(1)
	}
	r.mu.Unlock()
	r.handOver(outs)
	return err
}

// handOver gives connections what rules have kept back.
func (r *Relay) handOver(outs []fault.Out) {
	for _, o := range outs {
		r.mu.Lock()
		c := r.conns[o.Conn]
		r.mu.Unlock()
		if c == nil {
			continue
		}
		c.on("fault release", func() {
			c.queue(o.Dir, o)
			r.soon(c)
		})
	}
}

// soon has both directions of a connection go on.
func (r *Relay) soon(c *relayed) {
	for _, d := range directions {
		r.done.Go(func() { c.wakes(d) })
	}
}

// Open lists the numbers of the open connections, in ascending order.
func (r *Relay) Open() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	open := make([]int, 0, len(r.conns))
	for id := range r.conns {
		open = append(open, id)
	}
	slices.Sort(open)
	return open
}

// at returns an open connection, the newest for 0.
func (r *Relay) at(id int) (*relayed, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if id == 0 {
		for k := range r.conns {
			id = max(id, k)
		}
	}
	c := r.conns[id]
	if c == nil {
		return nil, fmt.Errorf("%w: %d is not open", ErrNoConn, id)
	}
	return c, nil
}

// Cut ends a connection now, the newest for 0. The error is an [ErrNoConn].
func (r *Relay) Cut(conn int, how fault.Ending) error {
	c, err := r.at(conn)
	if err != nil {
		return err
	}
	c.on("fault cut "+how.String(), func() {
		if how == fault.HalfClose {
			c.queue(wire.ToClient, fault.Out{End: how})
			r.soon(c)
			return
		}
		c.sever(how, lingering)
	})
	return nil
}

// Stall stops these directions of a connection, the newest for 0, until [Relay.Heal].
func (r *Relay) Stall(conn int, d fault.Dirs) error {
	c, err := r.at(conn)
	if err != nil {
		return err
	}
	c.on("fault stall "+d.String(), func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.engine.Stall(c.id, d)
		c.stalls()
	})
	return nil
}

// Heal ends all stalls of a connection, the newest for 0.
func (r *Relay) Heal(conn int) error {
	c, err := r.at(conn)
	if err != nil {
		return err
	}
	c.on("fault heal", func() {
		r.mu.Lock()
		r.engine.Heal(c.id)
		c.stalls()
		r.mu.Unlock()
		r.soon(c)
	})
	return nil
}

// Down resets all connections, and each new one, until [Relay.Up].
func (r *Relay) Down() {
	r.mu.Lock()
	r.down = true
	r.mu.Unlock()
	for _, c := range r.all() {
		c.on("fault down", func() { c.sever(fault.RST, 0) })
	}
}

// Up ends [Relay.Down].
func (r *Relay) Up() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = false
}

// Err returns the first error of a rule: a Set on a packet that does not decode, see [fault.Engine.Err].
func (r *Relay) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.engine.Err()
}
