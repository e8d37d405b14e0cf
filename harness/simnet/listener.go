package simnet

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"syscall"
)

// maxBacklog is the number of connections that may wait for Accept.
const maxBacklog = 128

// Listener accepts the connections that its Dial makes.
type Listener struct {
	name Addr
	size int

	mu      sync.Mutex
	change  sync.Cond // the backlog, closed, or the context of a waiting call
	backlog []*Conn
	dialled int
	closed  bool
}

var _ net.Listener = (*Listener)(nil)

// Listen returns a listener with that name. Its connections buffer up to size
// bytes in each direction, without limit if size is 0; see [Pipe].
func Listen(name string, size int) *Listener {
	l := &Listener{name: Addr(name), size: size}
	l.change.L = &l.mu
	return l
}

// Dial connects to the listener and returns the dialling end. As with TCP the
// connection is there, and may be written to, before it is accepted. Dial waits
// while 128 connections wait for Accept. It fails with ECONNREFUSED when the
// listener is closed, and with the context's error when that ends first.
//
// The nth connection to a listener named "broker" has the dialling end's name
// "broker#n"; SetAddrs changes it.
func (l *Listener) Dial(ctx context.Context) (*Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.wait(ctx, func() bool { return l.closed || len(l.backlog) < maxBacklog })
	if err == nil && l.closed {
		err = sysError("connect", syscall.ECONNREFUSED)
	}
	if err != nil {
		return nil, l.opError("dial", err)
	}
	l.dialled++
	c, s := Pipe(l.size)
	c.SetAddrs(fmt.Sprintf("%s#%d", l.name, l.dialled), string(l.name))
	l.backlog = append(l.backlog, s)
	l.change.Broadcast()
	return c, nil
}

// Accept waits for the next connection, in the order of dialling, and returns
// the listening end, a [*Conn]. It fails with [net.ErrClosed] after Close.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.AcceptContext(context.Background())
	if err != nil {
		return nil, err
	}
	return c, nil
}

// AcceptContext is Accept with a context: it fails with the context's error when
// that ends first.
func (l *Listener) AcceptContext(ctx context.Context) (*Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.wait(ctx, func() bool { return l.closed || len(l.backlog) > 0 })
	if err == nil && l.closed {
		err = net.ErrClosed
	}
	if err != nil {
		return nil, l.opError("accept", err)
	}
	c := l.backlog[0]
	l.backlog = slices.Delete(l.backlog, 0, 1)
	l.change.Broadcast()
	return c, nil
}

// wait returns nil when ready says so, or the context's error. The caller holds
// the lock.
func (l *Listener) wait(ctx context.Context, ready func() bool) error {
	if ctx.Err() == nil && !ready() && ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.change.Broadcast()
		})
		defer stop()
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if ready() {
			return nil
		}
		l.change.Wait()
	}
}

// Close ends the listener: waiting calls of Accept fail with [net.ErrClosed], of
// Dial with ECONNREFUSED. Connections that were not accepted are reset, the
// others are left alone. A second Close fails with [net.ErrClosed].
func (l *Listener) Close() error {
	l.mu.Lock()
	if l.closed {
		defer l.mu.Unlock()
		return l.opError("close", net.ErrClosed)
	}
	l.closed = true
	orphans := l.backlog
	l.backlog = nil
	l.change.Broadcast()
	l.mu.Unlock()
	for _, c := range orphans {
		_ = c.Reset() // fails only on a closed end, and nobody has seen this one
	}
	return nil
}

// Addr returns the listener's name, an [Addr].
func (l *Listener) Addr() net.Addr { return l.name }

func (l *Listener) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: network, Addr: l.name, Err: err}
}
