package play

import (
	"context"
	"runtime/debug"
	"slices"
	"sync"

	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// threads makes calls beside those of the subject's own goroutine: the calls of one thread one after another, those of
// different threads side by side.
type threads struct {
	calls   chan *call
	running sync.WaitGroup
}

// maxThreads is how many calls may wait for the goroutine that hands them on.
const maxThreads = 64

// thread is the name of the thread that makes the call, "" for the subject's own.
func (c *call) thread() string {
	if c.Step == nil {
		return ""
	}
	name, _ := c.Step.Args.String("thread")
	return name
}

// threaded starts what makes calls in threads, in a goroutine that has the label of the subject's. It does nothing for a
// scenario that has none.
func (p *player) threaded() {
	if slices.Contains(p.sc.Needs, spec.ConcurrentCalls) {
		p.run.threads = &threads{calls: make(chan *call, maxThreads)}
	}
}

// serve hands calls to their threads until the context ends.
func (r *runner) serveThreads(ctx context.Context) {
	t := r.threads
	queues := map[string]chan *call{}
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-t.calls:
			q := queues[c.thread()]
			if q == nil {
				q = make(chan *call, maxThreads)
				queues[c.thread()] = q
				t.running.Go(func() { r.thread(subject.OnThread(ctx, c.thread()), q) })
			}
			q <- c
		}
	}
}

// thread makes the calls of one thread.
func (r *runner) thread(ctx context.Context, calls <-chan *call) {
	defer func() {
		if p := recover(); p != nil {
			r.crashed(&panicError{p, string(debug.Stack())})
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-calls:
			r.exec(ctx, c)
			r.mu.Lock()
			r.beside = slices.DeleteFunc(r.beside, func(o *call) bool { return o == c })
			r.mu.Unlock()
			r.wakes() // there may be a connection to serve
		}
	}
}
