package fault

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	"umqtt/harness/wire"
)

// armed is a rule with what it remembers between packets.
type armed struct {
	Rule
	id     int
	rng    *rand.Rand
	seen   int // packets that agreed with all of Match but Nth and Probability
	held   []heldItem
	kept   map[flow]*item // Swap: the packet that waits for the next
	merged map[flow]*merge
	busy   map[flow]time.Duration // Bandwidth: when the line is free again
	begun  map[flow]bool          // Cut and Stall: whether the packet that has begun matches
}

type heldItem struct {
	flow flow
	it   item
}

type merge struct {
	it    item
	count int
}

func newArmed(r Rule, seed, index uint64) *armed {
	return &armed{
		Rule: r, rng: rand.New(rand.NewPCG(seed, index)),
		kept: map[flow]*item{}, merged: map[flow]*merge{}, busy: map[flow]time.Duration{}, begun: map[flow]bool{},
	}
}

// matches reports whether the rule applies to the packet, and counts it.
func (r *armed) matches(f flow, it item) bool {
	m := r.Match
	if m.Conn != 0 && m.Conn != f.conn || !m.Dirs.Has(f.dir) {
		return false
	}
	if m.Type != 0 && m.Type != it.packetType() {
		return false
	}
	if len(m.Fields) > 0 && !fieldsEqual(it, m.Fields) {
		return false
	}
	r.seen++
	if m.Nth != 0 && m.Nth != r.seen {
		return false
	}
	return m.Probability == 0 || r.rng.Float64() < m.Probability
}

func fieldsEqual(it item, want map[string]any) bool {
	if it.raw {
		return false
	}
	p, err := wire.Decode(it.data)
	if err != nil {
		return false
	}
	for name, v := range want {
		if got, ok := wire.Get(p, name); !ok || !reflect.DeepEqual(got, v) {
			return false
		}
	}
	return true
}

// apply passes one packet through the rule. It returns what becomes of it, and what to note in the
// capture: nothing when the rule does not apply.
func (r *armed) apply(e *Engine, f flow, now time.Duration, it item) ([]item, string, error) {
	if kept := r.kept[f]; kept != nil { // a swap is completed by whatever comes next
		delete(r.kept, f)
		kept.due = max(kept.due, it.due)
		return []item{it, *kept}, "", nil
	}
	if m := r.merged[f]; m != nil && r.Match.Nth != 0 { // and a merge of one packet with what follows it
		return r.merge(f, it, max(r.Action.(Merge).Count, 2)), "", nil
	}
	if !r.whole(f, it) {
		if m := r.merged[f]; m != nil { // it does not overtake what waits
			m.add(it)
			if m.last() {
				delete(r.merged, f)
				return []item{m.it}, "", nil
			}
			return nil, "", nil
		}
		return []item{it}, "", nil
	}
	e.hits[r.id]++
	note := fmt.Sprintf("fault %s %s %s", r.Action.Name(), arrow(f.dir), it.describe())
	switch a := r.Action.(type) {
	case Drop:
		return nil, note, nil
	case Delay:
		it.due += a.By
		return []item{it}, note, nil
	case Latency:
		it.due += a.By
		return []item{it}, "", nil
	case Jitter:
		it.due += time.Duration(r.rng.Int64N(a.Max.Milliseconds()+1)) * time.Millisecond
		return []item{it}, "", nil
	case Bandwidth:
		if it.paced {
			return []item{it}, "", nil
		}
		it.due = max(it.due, r.busy[f]) + time.Duration(len(it.data))*time.Second/time.Duration(a.Rate)
		r.busy[f] = it.due
		it.perByte = time.Second / time.Duration(a.Rate)
		return []item{it}, "", nil
	case Hold:
		if e.MaxHeld > 0 && e.holding+len(it.data) > e.MaxHeld {
			return []item{it}, "fault hold is full, passes" + note[len("fault hold"):], nil
		}
		e.holding += len(it.data)
		r.held = append(r.held, heldItem{f, it})
		return nil, note, nil
	case Duplicate:
		return slices.Repeat([]item{it}, 1+max(a.Times, 1)), note, nil
	case Swap:
		r.kept[f] = &it
		return nil, note, nil
	case Merge:
		return r.merge(f, it, max(a.Count, 2)), note, nil
	case Split:
		it.sizes = a.Sizes
		return []item{it}, note, nil
	case Stall:
		at := min(a.At, len(it.data))
		if at == 0 || !a.Dirs.Has(f.dir) {
			e.Stall(f.conn, a.Dirs)
			return []item{it}, note, nil
		}
		first, rest := it, it
		first.data, first.raw, first.stall = it.data[:at], true, &a.Dirs
		rest.data, rest.raw = it.data[at:], true
		note = fmt.Sprintf("fault stall at byte %d of %s", at, note[len("fault stall "):])
		if len(rest.data) == 0 {
			return []item{first}, note, nil
		}
		return []item{first, rest}, note, nil
	case Cut:
		at := a.At
		if at < 0 || at > len(it.data) {
			at = len(it.data)
		}
		it.data, it.raw, it.end = it.data[:at], at < len(it.data), a.How
		note = fmt.Sprintf("fault cut %s at byte %d of %s", a.How, at, note[len("fault cut "):])
		if a.Refuse > 0 {
			e.open(r.id, a.Refuse, NoEnding)
		}
		if a.Forget {
			e.forget = true
			note += Forgets
		}
		return []item{it}, note, nil
	}
	return r.rewrite(it, note)
}

// rewrite applies the actions that change the packet's bytes.
func (r *armed) rewrite(it item, note string) ([]item, string, error) {
	switch a := r.Action.(type) {
	case Corrupt:
		at := a.Byte
		if at < 0 {
			at += len(it.data)
		}
		if at < 0 || at >= len(it.data) {
			return []item{it}, note, fmt.Errorf("fault: corrupt: byte %d is outside of %s (%d bytes)", a.Byte, it.describe(), len(it.data))
		}
		it.data = slices.Clone(it.data)
		it.data[at] ^= a.Xor
	case Truncate:
		it.data = it.data[:min(a.To, len(it.data))]
		it.raw = true
	case Replace:
		it.data = a.With
	case Set:
		p, err := wire.Decode(it.data)
		for name, v := range a.Fields {
			if err == nil {
				err = wire.Set(p, name, v)
			}
		}
		if err != nil {
			return []item{it}, note, fmt.Errorf("fault: set: %w", err)
		}
		it.data = p.Append(nil)
	case Inject:
		more := item{data: a.Data, due: it.due}
		if a.Before {
			return []item{more, it}, note, nil
		}
		return []item{it, more}, note, nil
	}
	return []item{it}, note, nil
}

func (r *armed) merge(f flow, it item, count int) []item {
	m := r.merged[f]
	if m == nil {
		m = &merge{}
		r.merged[f] = m
	}
	m.add(it)
	if m.count++; m.count < count && !m.last() {
		return nil
	}
	delete(r.merged, f)
	return []item{m.it}
}

// add puts a packet behind those that wait.
func (m *merge) add(it item) {
	m.it.data = append(m.it.data, it.data...)
	m.it.raw = m.it.raw || it.raw
	m.it.due = max(m.it.due, it.due)
	m.it.end, m.it.stall = it.end, it.stall
}

// last reports whether nothing follows those that wait: their flow ends or stalls behind them.
func (m *merge) last() bool { return m.it.end != NoEnding || m.it.stall != nil }

// flush returns what the rule keeps back for the next packet of a flow that has none.
func (r *armed) flush(f flow, now time.Duration) []item {
	var items []item
	if it := r.kept[f]; it != nil {
		items = append(items, *it)
		delete(r.kept, f)
	}
	if m := r.merged[f]; m != nil {
		items = append(items, m.it)
		delete(r.merged, f)
	}
	for i := range items {
		items[i].due = max(items[i].due, now)
	}
	return items
}
