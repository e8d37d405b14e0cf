package process

import (
	"errors"
	"fmt"
	"strings"

	"umqtt/harness/subject"
)

// take takes one line of the process.
func (c *conn) take(line []byte) error {
	r, err := parse(line)
	if err != nil {
		return fmt.Errorf("%w: the line is %s", err, quote(line))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lines++; c.lines > c.cfg.Limits.Lines {
		return fmt.Errorf("%w: more than %d lines", ErrProtocol, c.cfg.Limits.Lines)
	}
	switch {
	case r.ID != nil:
		err = c.answered(r)
	case r.Event != nil:
		err = c.event(r)
	default:
		err = fmt.Errorf("%w: a second hello", ErrProtocol)
	}
	if err != nil {
		return fmt.Errorf("%w: the line is %s", err, quote(line))
	}
	return nil
}

// answered hands an answer to the call that waits for it.
func (c *conn) answered(r *reply) error {
	id := *r.ID
	a := c.waiting[id]
	switch {
	case a == nil && id <= c.stale && id > 0:
		return nil // of a scenario that is over
	case a == nil && id > 0 && id <= c.lastID && r.Pending:
		return nil // a thread of the shim was faster with the outcome
	case a == nil && id > 0 && id <= c.lastID:
		return fmt.Errorf("%w: a second answer to the request %d", ErrProtocol, id)
	case a == nil:
		return fmt.Errorf("%w: an answer to the request %d, which was not made", ErrProtocol, id)
	case r.Pending && (a.pending == nil || a.asked):
		return fmt.Errorf("%w: pending is no answer to the request %d, %s", ErrProtocol, id, a.op)
	case r.Pending:
		a.asked = true
		a.answer <- r
		return nil
	}
	delete(c.waiting, id)
	if a.asked {
		a.pending(r.err())
		return nil
	}
	a.answer <- r
	return nil
}

// event takes an event.
func (c *conn) event(r *reply) error {
	switch *r.Event {
	case "message":
		m, err := r.message()
		switch {
		case err != nil:
			return err
		case c.idle:
			return fmt.Errorf("%w: a message behind the answer to reset", ErrProtocol)
		case r.Seq <= c.lastSeq:
			return fmt.Errorf("%w: a message with the seq %d after that with %d", ErrProtocol, r.Seq, c.lastSeq)
		case len(c.queue) >= c.cfg.Limits.Messages:
			return fmt.Errorf("%w: more than %d messages wait for their turn", ErrProtocol, c.cfg.Limits.Messages)
		}
		c.lastSeq = r.Seq
		c.queue = append(c.queue, queued{r.Seq, m})
		c.deliver()
	case "lost":
		err := r.err()
		if err == nil {
			err = &subject.Error{Kind: subject.Network, Err: errors.New("the client has lost its connection")}
		}
		c.note("lost: " + err.Error())
		select {
		case c.lost <- err:
		default:
		}
	case "note":
		c.note(r.Text)
	default:
		return fmt.Errorf("%w: there is no event %q", ErrProtocol, *r.Event)
	}
	return nil
}

// note keeps something worth reading beside a failure.
func (c *conn) note(text string) {
	const most = 500 // bytes
	if text = strings.ReplaceAll(text, "\n", " "); len(text) > most {
		text = text[:most] + "…"
	}
	if len(c.notes) >= maxNotes {
		c.notes = append(c.notes[:0], c.notes[1:]...)
	}
	c.notes = append(c.notes, text)
}
