package ref

import "time"

// An agenda holds what is to be done at later times. It does one thing after another, in the order of their
// times, in one goroutine: two of them never run side by side, even when they are due at the same instant.
type agenda struct {
	entries []*entry // by time; those of the same time in the order in which they were added
	timer   *time.Timer
}

// An entry is one thing to do.
type entry struct {
	at time.Time
	do func()
}

// after has do called with the lock held, once d has passed. The lock is held.
func (c *Client) after(d time.Duration, do func()) *entry {
	a := &c.agenda
	e := &entry{time.Now().Add(d), do}
	i := len(a.entries)
	for i > 0 && e.at.Before(a.entries[i-1].at) {
		i--
	}
	a.entries = append(a.entries, nil)
	copy(a.entries[i+1:], a.entries[i:])
	a.entries[i] = e
	if i == 0 {
		c.setTimer()
	}
	return e
}

// inTime does something at once when d is 0, else as after does. The lock is held.
func (c *Client) inTime(d time.Duration, do func()) {
	if d > 0 {
		c.after(d, do)
	} else {
		do()
	}
}

// cancel removes an entry; nil, or one that is gone, is none. The lock is held.
func (c *Client) cancel(e *entry) {
	for i, other := range c.agenda.entries {
		if other == e {
			c.agenda.entries = append(c.agenda.entries[:i], c.agenda.entries[i+1:]...)
			break
		}
	}
	if len(c.agenda.entries) == 0 && c.agenda.timer != nil {
		c.agenda.timer.Stop()
	}
}

// clear removes all entries. The lock is held.
func (c *Client) clear() {
	c.agenda.entries = nil
	if c.agenda.timer != nil {
		c.agenda.timer.Stop()
	}
}

// setTimer waits for the first entry. The lock is held.
func (c *Client) setTimer() {
	a := &c.agenda
	if a.timer != nil {
		a.timer.Stop()
	}
	if len(a.entries) > 0 {
		a.timer = time.AfterFunc(time.Until(a.entries[0].at), c.runDue)
	}
}

// runDue does what is due.
func (c *Client) runDue() {
	c.lock()
	defer c.unlock()
	a := &c.agenda
	for len(a.entries) > 0 && !a.entries[0].at.After(time.Now()) {
		e := a.entries[0]
		a.entries = a.entries[1:]
		e.do()
	}
	c.setTimer()
}
