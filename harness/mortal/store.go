package mortal

import (
	"fmt"

	"umqtt/client"
	"umqtt/harness/wire"
)

// Store returns the store of the process in front of another one. What that has done for sure is noted: see
// [World.Kept].
func (p *Process) Store(inner client.Store) client.Store { return store{inner, p} }

// A store is that of a process.
type store struct {
	client.Store
	process *Process
}

// Put keeps a message.
func (s store) Put(id uint16, packet []byte) error {
	p, err := wire.DecodeFrom(wire.ToServer, packet)
	m, ok := p.(*wire.Publish)
	if err != nil || !ok || m.PacketID != id {
		s.process.world.fail(fmt.Errorf("the client stores % x with identifier %d: %v", packet, id, err))
		return ErrDead
	}
	return s.do(Put, func() error { return s.Store.Put(id, packet) }, func() { s.process.world.keep(m) })
}

// Delete removes a message.
func (s store) Delete(id uint16) error {
	return s.do(Delete, func() error { return s.Store.Delete(id) }, func() { s.process.world.unkeep(id) })
}

// Clear removes all messages.
func (s store) Clear() error { return s.do(Clear, s.Store.Clear, s.process.world.clear) }

// do has the store do something and notes that it is done.
func (s store) do(op Op, act func() error, done func()) error {
	p := s.process
	defer p.world.turn()()
	if p.dead.Load() {
		return ErrDead
	}
	d := p.dies(op)
	switch {
	case d == nil:
		err := act()
		if err == nil {
			done()
		}
		return err
	case d.When == Within:
		return p.end(p.world.Disk.Tear(act, d.Bytes), *d)
	case d.When == Behind:
		p.world.fail(act())
		done()
	}
	return p.end(p.world.Disk.Die(), *d)
}
