package mortal

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
)

// ErrDead is what a dead process gets of the world.
var ErrDead = errors.New("the process is dead")

// A Process is a client's, from its start to its death. [World.Begin] makes one.
type Process struct {
	world  *World
	ctx    context.Context
	cancel context.CancelFunc
	dead   atomic.Bool
	conn   atomic.Pointer[conn] // the newest
}

// Context ends with the process.
func (p *Process) Context() context.Context { return p.ctx }

// Dead reports whether it has died.
func (p *Process) Dead() bool { return p.dead.Load() }

// Kill ends the process between two things that it does.
func (p *Process) Kill() {
	if !p.dead.Load() {
		p.end(p.world.Disk.Die(), Doom{})
	}
}

// End ends the process without a word: the world is over.
func (p *Process) End() error {
	p.dead.Store(true)
	p.cancel()
	return p.world.Disk.Die()
}

// end kills the process when the disk is done with it: it does nothing any more, its connection is closed, and nobody
// learns what its calls return.
func (p *Process) end(err error, d Doom) error {
	defer p.world.turn()()
	p.world.fail(err)
	p.dead.Store(true)
	if c := p.conn.Load(); c != nil {
		_ = c.Conn.Close()
	}
	if p.world.Died != nil {
		p.world.Died(p, d)
	}
	p.cancel()
	return ErrDead
}

// dies returns the doom of a process that dies of what it does next, or nil.
func (p *Process) dies(op Op) *Doom {
	defer p.world.turn()()
	return p.world.dies(op)
}

// Dial returns a function that opens connections of the process by dial.
func (p *Process) Dial(dial func(context.Context) (net.Conn, error)) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		if p.dead.Load() {
			return nil, ErrDead
		}
		d := p.dies(Dial)
		if d != nil && d.When == Before {
			return nil, p.end(p.world.Disk.Die(), *d)
		}
		inner, err := dial(ctx)
		defer p.world.turn()()
		var c net.Conn
		if err == nil {
			if c = p.own(inner); p.dead.Load() { // it was killed meanwhile, by somebody who did not see the connection
				_ = inner.Close()
				return nil, ErrDead
			}
		}
		switch {
		case d != nil:
			return nil, p.end(p.world.Disk.Die(), *d)
		case err != nil:
			return nil, err
		}
		return c, nil
	}
}

// own makes a connection one of the process.
func (p *Process) own(inner net.Conn) net.Conn {
	c := &conn{inner, p}
	p.conn.Store(c)
	if t, ok := inner.(tryReader); ok {
		return tryConn{c, t}
	}
	return c
}

// tryReader is a connection that can be read without waiting.
type tryReader interface {
	TryRead(b []byte) (int, error)
}

// A conn is a connection of a process.
type conn struct {
	net.Conn
	process *Process
}

// Write writes a packet, or what the process has written of it when it dies.
func (c *conn) Write(b []byte) (int, error) {
	p := c.process
	defer p.world.turn()()
	if p.dead.Load() {
		return 0, ErrDead
	}
	if p.world.Wrote != nil {
		p.world.Wrote(b)
	}
	d := p.dies(Write)
	if d == nil {
		return c.Conn.Write(b)
	}
	n := [...]int{Before: 0, Within: d.Bytes % max(len(b), 1), Behind: len(b)}[d.When]
	if n > 0 {
		_, _ = c.Conn.Write(b[:n])
	}
	return 0, p.end(p.world.Disk.Die(), *d)
}

// Read reads bytes. Of those that the process was about to get when it dies, it has seen nothing.
func (c *conn) Read(b []byte) (int, error) { return c.took(c.Conn.Read(b)) }

func (c *conn) took(n int, err error) (int, error) {
	p := c.process
	defer p.world.turn()()
	if p.dead.Load() {
		return 0, ErrDead
	}
	if n > 0 {
		if d := p.dies(Read); d != nil {
			return 0, p.end(p.world.Disk.Die(), *d)
		}
	}
	return n, err
}

// A tryConn is a conn that can be read without waiting.
type tryConn struct {
	*conn
	try tryReader
}

// TryRead is Read without waiting.
func (c tryConn) TryRead(b []byte) (int, error) { return c.took(c.try.TryRead(b)) }
