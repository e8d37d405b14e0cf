package proxy

import (
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// ready reports whether a direction's first piece may be handed over now.
func (c *relayed) ready(l *line) bool {
	return !c.cut && (len(l.run) > 0 || len(l.pending) > 0 && !l.stalled && l.pending[0].Due <= c.r.Now())
}

// flush hands over what is due in a direction, and has a timer do so with the rest. The lock is held, but not while
// it writes.
func (c *relayed) flush(d wire.Direction) {
	l := c.line(d)
	if l.writing {
		return
	}
	l.writing = true
	for c.ready(l) {
		piece, end, stall := c.take(d)
		if len(piece) > 0 {
			to := c.dest(d)
			c.mu.Unlock()
			to.Write(piece) // a failure shows as the reader's end
			c.mu.Lock()
		}
		if stall != nil {
			c.r.mu.Lock()
			c.r.engine.Stall(c.id, *stall)
			c.stalls()
			c.r.mu.Unlock()
		}
		if !c.cut {
			c.finish(d, end)
		}
		c.room.Broadcast()
	}
	l.writing = false
	if cap(l.batch) > maxBatch {
		l.batch = nil
	}
	if len(l.pending) > 0 && !l.stalled && !c.cut {
		if l.timer == nil {
			l.timer = time.AfterFunc(time.Hour, func() { c.wakes(d) })
		}
		l.timer.Reset(l.pending[0].Due - c.r.Now())
	}
	c.account(d, 0)
	c.finished()
}

// wakes hands over what has become due.
func (c *relayed) wakes(d wire.Direction) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flush(d)
}

// take removes what is to be written next: a run of packets that no rule has touched, or one piece of another one.
func (c *relayed) take(d wire.Direction) (piece []byte, end fault.Ending, stall *fault.Dirs) {
	l := c.line(d)
	if piece = l.run; piece != nil {
		l.run = nil
		c.handed(d, piece, fault.NoEnding, !l.raw)
		return piece, fault.NoEnding, nil
	}
	l.batch = l.batch[:0]
	now := c.r.Now()
	for len(l.pending) > 0 && len(l.batch) < maxBatch {
		o := &l.pending[0]
		plain := len(o.Sizes) == 0 && o.End == fault.NoEnding && o.Stall == nil
		if !plain || o.Due > now {
			break
		}
		l.batch = append(l.batch, o.Data...)
		l.pop()
	}
	piece = l.batch
	if len(piece) == 0 {
		piece, end, stall = l.piece()
	}
	c.handed(d, piece, end, false)
	return piece, end, stall
}

// piece removes the next piece of the first of pending; what follows its bytes comes with the last one.
func (l *line) piece() (piece []byte, end fault.Ending, stall *fault.Dirs) {
	o := &l.pending[0]
	piece = o.Data[l.handed:]
	size := func() int { return o.Sizes[min(l.pieces, len(o.Sizes)-1)] }
	if len(o.Sizes) > 0 {
		piece = piece[:min(len(piece), size())]
	}
	l.handed += len(piece)
	l.pieces++
	if l.handed < len(o.Data) {
		if o.PerByte > 0 {
			o.Due += time.Duration(min(len(o.Data)-l.handed, size())) * o.PerByte
		}
		return piece, fault.NoEnding, nil
	}
	end, stall = o.End, o.Stall
	l.pop()
	return piece, end, stall
}

// pop removes the first of pending.
func (l *line) pop() {
	l.waits -= len(l.pending[0].Data)
	l.pending[0] = fault.Out{}
	l.pending = l.pending[1:]
	l.handed, l.pieces = 0, 0
}
