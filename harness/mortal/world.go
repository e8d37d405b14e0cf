package mortal

import (
	"context"
	"slices"
	"sync"

	"umqtt/harness/model"
	"umqtt/harness/wire"
)

// A World is what outlives the processes of a client. The zero value needs a Disk. Its methods may be called by any
// goroutine.
type World struct {
	Disk Disk
	// Turn, if it is not nil, is called where a process begins to do something of which it may die, and end behind it.
	Turn func() (end func())
	// Wrote, if it is not nil, is told of what a process is about to write.
	Wrote func(packet []byte)
	// Put, if it is not nil, is told of each message that the store has kept.
	Put func(model.Kept)
	// Died is called when a process has died, with how: in the middle of its call, or by Kill. It may be nil.
	Died func(*Process, Doom)

	mu   sync.Mutex
	doom *Doom
	kept []model.Kept
	err  error
}

// Arm has the process die where the doom says, and not where an earlier one did. nil: it does not die.
func (w *World) Arm(d *Doom) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.doom = nil
	if d != nil {
		w.doom = new(*d)
	}
}

// Kept returns the messages that the store holds, in the order in which they were put. The slice is the caller's.
func (w *World) Kept() []model.Kept {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.kept)
}

// Err returns the first error of the harness: a disk that failed, or a client that has stored what is no message.
func (w *World) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Begin begins a process. Its context ends with it, and with parent.
func (w *World) Begin(parent context.Context) *Process {
	p := &Process{world: w}
	p.ctx, p.cancel = context.WithCancel(parent)
	return p
}

func (w *World) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
}

// turn begins a turn.
func (w *World) turn() (end func()) {
	if w.Turn == nil {
		return func() {}
	}
	return w.Turn()
}

// dies returns the doom of a process that dies of what it does next, or nil.
func (w *World) dies(op Op) *Doom {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.doom == nil || w.doom.Op != op {
		return nil
	}
	d := w.doom
	if d.Nth--; d.Nth > 0 {
		return nil
	}
	w.doom = nil
	return d
}

// keep notes that the store has kept a message.
func (w *World) keep(m *wire.Publish) {
	w.unkeep(m.PacketID)
	k := model.Kept{Message: model.Message{Topic: m.Topic, Payload: string(m.Payload), QoS: m.QoS}, ID: m.PacketID}
	w.mu.Lock()
	w.kept = append(w.kept, k)
	w.mu.Unlock()
	if w.Put != nil {
		w.Put(k)
	}
}

// unkeep notes that the store has removed a message.
func (w *World) unkeep(id uint16) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept = slices.DeleteFunc(w.kept, func(k model.Kept) bool { return k.ID == id })
}

// clear notes that the store has removed all messages.
func (w *World) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept = nil
}
