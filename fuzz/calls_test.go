package fuzz

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"syscall"
	"time"

	"umqtt/client"
	"umqtt/harness/spec"
)

// A call is one call of the client, made by its caller or inside the callback.
type call struct {
	name  string
	bound time.Duration // of its context
	end   string        // why the connection may end: the call itself does that
	read  bool          // WaitMsg or CheckMsg
	do    func(ctx context.Context) error
	done  func(err error) // judges the outcome; the lock is held
}

// call hands a call to the caller's goroutine.
func (d *duel) call(c call) {
	d.mu.Lock()
	d.waiting++
	d.mu.Unlock()
	d.allow(c)
	d.queue <- c
}

// allow adds to the time that all calls together may take.
func (d *duel) allow(c call) { d.bound += c.bound + d.ConnectTimeout + time.Second }

// caller makes calls one after another, as the main loop of a program does.
func (d *duel) caller() {
	for c := range d.queue {
		d.guarded(c)
		d.mu.Lock()
		d.waiting--
		d.mu.Unlock()
	}
}

// errDeliberate is what a callback panics with.
var errDeliberate = errors.New("the callback panics")

// guarded makes a call and catches its panic, which only a callback's own may be.
func (d *duel) guarded(c call) {
	defer func() {
		if p := recover(); p != nil && p != errDeliberate {
			d.fault("%s panics: %v\n%s", c.name, p, debug.Stack())
		}
	}()
	if c.name == "drain" {
		_ = c.do(context.Background())
		return
	}
	_ = d.make(c)
}

// make makes a call and judges what it returns. A call with a bound of 0 that takes a context gets one
// that has ended.
func (d *duel) make(c call) error {
	d.mu.Lock()
	if l := d.newest(); l != nil && c.end != "" {
		l.causes = append(l.causes, c.end)
	}
	inside := d.inside
	d.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), c.bound)
	defer cancel()
	start := time.Now()
	err := c.do(ctx)
	took := time.Since(start)

	d.mu.Lock()
	defer d.mu.Unlock()
	limit := c.bound
	if d.foreign {
		limit += time.Second // every look takes a millisecond
	}
	if d.inside == inside && took > limit {
		d.faults = append(d.faults, fmt.Sprintf("%s took %v, which should take %v", c.name, took, limit))
	}
	if err != nil {
		if why := d.returned(c, err); why != "" {
			d.faults = append(d.faults, fmt.Sprintf("%s returns %q: %s", c.name, err, why))
		}
	}
	if c.done != nil {
		c.done(err)
	}
	return err
}

// returned judges an error: it has a documented type, fits what has happened, and tells truly whether the
// connection is open. It notes why the connection was closed.
func (d *duel) returned(c call, err error) string {
	var e *client.Error
	if !errors.As(err, &e) {
		return "it is no *client.Error"
	}
	l := d.newest()
	if open := l != nil && !l.closed(); open != e.Open {
		return fmt.Sprintf("the connection is open: %t", open)
	}
	var (
		protocol   *client.ProtocolError
		refused    *client.ConnackError
		oversize   *client.OversizeError
		connection *client.ConnectionError
		filters    *client.SubscribeError
		argument   *client.ValidationError
	)
	switch {
	case errors.As(err, &argument):
		if c.done == nil {
			return "there is nothing wrong with the arguments"
		}
	case errors.As(err, &protocol):
		if _, ok := spec.Lookup(protocol.Statement); !ok {
			return "it names no rule"
		}
		return l.broken(err, e.Open)
	case errors.Is(err, client.ErrQoS2), errors.As(err, &refused):
		return l.broken(err, e.Open)
	case errors.As(err, &oversize):
		return l.broken(err, e.Open)
	case errors.As(err, &connection):
		return d.lost(l, c, connection, e.Open)
	case errors.Is(err, client.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		if !e.Open && l != nil && c.name == "connect" {
			l.causes = append(l.causes, err.Error())
		}
	case errors.Is(err, client.ErrClosed):
		if l != nil && l.closed() && len(l.fatal)+len(l.causes) == 0 {
			return "no call has said why"
		}
	case errors.Is(err, client.ErrDepth), errors.Is(err, client.ErrInflight), errors.As(err, &filters):
		if !e.Open && !(c.name == "post" && (l == nil || l.closed())) {
			return "this does not close the connection"
		}
	default:
		return "there is no such error"
	}
	return ""
}

// broken notes that the client found the server to break a rule.
func (l *link) broken(err error, open bool) string {
	if open {
		return "the connection stays open"
	}
	l.fatal = append(l.fatal, err)
	return ""
}

// lost judges the report that a connection was lost.
func (d *duel) lost(l *link, c call, err *client.ConnectionError, open bool) string {
	fits := false
	switch err.Op {
	case "read":
		fits = l.fin && err.Err == io.EOF || l.reset && (err.Err == io.EOF || errors.Is(err, syscall.ECONNRESET))
		l.drained = l.drained || c.read
	case "write":
		fits = l.reset && (errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET))
	case "ping":
		fits = d.KeepAlive > 0 && errors.Is(err, client.ErrTimeout)
	}
	switch {
	case !fits:
		return fmt.Sprintf("which did not happen (FIN %t, RST %t)", l.fin, l.reset)
	case open:
		return "the connection stays open"
	}
	l.causes = append(l.causes, err.Error())
	return ""
}
