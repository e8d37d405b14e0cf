package fuzz

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync/atomic"
	"testing/synctest"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// A process is a client with a store, from its start to its death. Its goroutine makes the calls that it is given, and
// waits for packets in between.
type process struct {
	lives  *lives
	client *robust.Client
	ctx    context.Context // ends with the process
	cancel context.CancelFunc
	calls  chan func()
	busy   atomic.Bool // a call goes on
	dead   atomic.Bool
	waits  atomic.Pointer[context.CancelFunc] // of the wait for packets
	conn   atomic.Pointer[mortalConn]         // the newest
}

// errDead is what a dead process gets of the world, which takes nothing of it any more.
var errDead = errors.New("the process is dead")

// A doom is where a process dies: before, within or behind the nth thing of a kind that it does.
type doom struct {
	op    string // put, delete, dial, write or read
	nth   int
	when  moment
	bytes int // within a write: how many bytes are written, or missing in a file
}

type moment byte

const (
	before moment = iota
	within
	behind
)

var moments = []string{"before", "within", "behind"}

// String says where it is.
func (d doom) String() string { return fmt.Sprintf("%s the %d. %s", moments[d.when], d.nth, d.op) }

// dies reports whether the process dies of what it does next.
func (p *process) dies(op string) *doom {
	defer p.lives.turn()()
	d := p.lives.doom
	if d == nil || d.op != op {
		return nil
	}
	if d.nth--; d.nth > 0 {
		return nil
	}
	p.lives.doom = nil
	p.lives.met[moments[d.when]+" "+op] = true
	return d
}

// kill ends the process: it does nothing any more, its connection is closed, and nobody learns what its calls return.
func (p *process) kill() {
	p.dead.Store(true)
	if c := p.conn.Load(); c != nil {
		_ = c.Conn.Close()
	}
	p.lives.died()
	p.cancel()
	p.lives.link.Wake()
}

// run is the goroutine of the process.
func (p *process) run() {
	defer func() {
		if r := recover(); r != nil {
			p.lives.crash.Store(new(fmt.Sprintf("%v\n%s", r, debug.Stack())))
			p.lives.link.Wake()
		}
	}()
	for call := range p.calls {
		call()
		p.busy.Store(false)
		p.lives.link.Wake()
		p.serve()
	}
}

// serve waits for packets until it is interrupted.
func (p *process) serve() {
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	p.waits.Store(&cancel)
	for ctx.Err() == nil {
		if _, err := p.client.WaitMsg(ctx); err != nil {
			return
		}
	}
}

// start has the process make a call, and waits until that in its turn waits for the network. The process must not be
// busy.
func (p *process) start(call func()) {
	if cancel := p.waits.Load(); cancel != nil {
		(*cancel)()
	}
	p.busy.Store(true)
	p.calls <- call
	synctest.Wait()
}

// dial opens the next connection.
func (p *process) dial(ctx context.Context) (net.Conn, error) {
	if p.dead.Load() {
		return nil, errDead
	}
	d := p.dies("dial")
	if d != nil && d.when == before {
		return nil, p.end(p.lives.disk.die())
	}
	conn, err := p.lives.link.Dial(ctx)
	defer p.lives.turn()()
	var c *mortalConn
	if err == nil {
		c = &mortalConn{conn.(*simnet.Conn), p}
		if p.conn.Store(c); p.dead.Load() { // it was killed meanwhile, by somebody who did not see the connection
			_ = c.Conn.Close()
			return nil, errDead
		}
	}
	switch {
	case d != nil:
		return nil, p.end(p.lives.disk.die())
	case err != nil:
		return nil, err
	}
	return c, nil
}

// end kills the process when the disk is done with it.
func (p *process) end(err error) error {
	defer p.lives.turn()()
	p.lives.must(err)
	p.kill()
	return errDead
}

// A mortalConn is the connection of a process.
type mortalConn struct {
	*simnet.Conn
	process *process
}

// Write writes a packet, or what the process has written of it when it dies.
func (c *mortalConn) Write(b []byte) (int, error) {
	p := c.process
	defer p.lives.turn()()
	if p.dead.Load() {
		return 0, errDead
	}
	if p.lives.plant.wrote != nil {
		p.lives.plant.wrote(p.lives, b)
	}
	d := p.dies("write")
	if d == nil {
		return c.Conn.Write(b)
	}
	n := [...]int{before: 0, within: d.bytes % len(b), behind: len(b)}[d.when]
	if n > 0 {
		_, _ = c.Conn.Write(b[:n])
	}
	return 0, p.end(p.lives.disk.die())
}

// Read reads bytes. Of those that the process was about to get when it dies, it has seen nothing.
func (c *mortalConn) Read(b []byte) (int, error) { return c.took(c.Conn.Read(b)) }

// TryRead is Read without waiting.
func (c *mortalConn) TryRead(b []byte) (int, error) { return c.took(c.Conn.TryRead(b)) }

func (c *mortalConn) took(n int, err error) (int, error) {
	p := c.process
	defer p.lives.turn()()
	if p.dead.Load() {
		return 0, errDead
	}
	if n > 0 && p.dies("read") != nil {
		return 0, p.end(p.lives.disk.die())
	}
	return n, err
}

// A mortalStore is the store of a process. What it has done for sure is written down in the world's own ledger.
type mortalStore struct {
	client.Store
	process *process
}

// Load calls yield for each message.
func (s mortalStore) Load(yield func(id uint16, packet []byte)) error { return s.Store.Load(yield) }

// Put keeps a message.
func (s mortalStore) Put(id uint16, packet []byte) error {
	p, err := wire.DecodeFrom(wire.ToServer, packet)
	m, ok := p.(*wire.Publish)
	if err != nil || !ok || m.PacketID != id {
		s.process.lives.must(fmt.Errorf("the client stores % x with identifier %d: %v", packet, id, err))
		return errDead
	}
	return s.do("put", func() error { return s.Store.Put(id, packet) }, func() { s.process.lives.keep(m) })
}

// Delete removes a message.
func (s mortalStore) Delete(id uint16) error {
	return s.do("delete", func() error { return s.Store.Delete(id) }, func() { s.process.lives.unkeep(id) })
}

// Clear removes all messages.
func (s mortalStore) Clear() error {
	return s.do("clear", s.Store.Clear, func() { s.process.lives.ledger = nil })
}

// do has the store do something and notes that it is done.
func (s mortalStore) do(op string, act func() error, done func()) error {
	p := s.process
	defer p.lives.turn()()
	if p.dead.Load() {
		return errDead
	}
	d := p.dies(op)
	switch {
	case d == nil:
		err := act()
		if err == nil {
			done()
		}
		return err
	case d.when == within:
		return p.end(p.lives.disk.tear(act, d.bytes))
	case d.when == behind:
		p.lives.must(act())
		done()
	}
	return p.end(p.lives.disk.die())
}
