package process

import (
	"context"
	"fmt"
	"runtime/pprof"
	"slices"
	"time"

	"umqtt/harness/subject"
)

// call makes a request and waits for its answer, until the context ends. pending is nil, or gets the outcome of a
// publish that is pending.
func (c *conn) call(ctx context.Context, op string, r any, h *head, pending func(error)) (*reply, error) {
	a := &ask{op: op, answer: make(chan *reply, 2), pending: pending}
	c.mu.Lock()
	c.lastID++
	h.ID, h.Op, h.Thread = c.lastID, op, subject.Thread(ctx)
	id := c.lastID
	var in *callback
	if subject.IsNested(ctx) && len(c.open) > 0 {
		in = c.open[len(c.open)-1]
		h.In = in.seq
	}
	c.waiting[id] = a
	if in != nil {
		in.inside++
	}
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if in != nil {
			in.inside--
		}
	}()
	c.write(encode(r))
	c.mu.Lock()
	c.deliver() // what came while the callback ran
	c.mu.Unlock()
	timer := time.NewTimer(c.cfg.Limits.Answer)
	defer timer.Stop()
	select {
	case answer := <-a.answer:
		return answer, nil
	case <-c.dead:
	case <-timer.C:
		c.fail(fmt.Errorf("%w: it did not answer %s for %v", ErrHang, op, c.cfg.Limits.Answer))
	case <-ctx.Done():
		return nil, &subject.Error{Kind: subject.Timeout, Err: context.Cause(ctx)}
	}
	return nil, &subject.Error{Kind: subject.Closed, Err: c.failed}
}

// deliver calls the callback with the next message, if it may: when no other is open, or the newest that is open
// waits for a nested request.
func (c *conn) deliver() {
	if c.over {
		for _, q := range c.queue {
			go c.write(encode(returnRequest{"return", q.seq}))
		}
		c.queue = nil
	}
	if len(c.queue) == 0 || len(c.open) > 0 && c.open[len(c.open)-1].inside == 0 {
		return
	}
	next := c.queue[0]
	c.queue = c.queue[1:]
	cb := &callback{seq: next.seq}
	c.open = append(c.open, cb)
	onMessage := c.env.OnMessage
	c.callbacks.Go(func() {
		pprof.SetGoroutineLabels(context.Background())
		if onMessage != nil {
			onMessage(next.m)
		}
		c.mu.Lock()
		c.open = slices.DeleteFunc(c.open, func(o *callback) bool { return o == cb })
		c.mu.Unlock()
		c.write(encode(returnRequest{"return", cb.seq}))
		c.mu.Lock()
		defer c.mu.Unlock()
		c.deliver()
	})
}
