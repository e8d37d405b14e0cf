package mortal

import (
	"bytes"
	"slices"

	"umqtt/client"
)

// A Disk is what outlives a process: the messages of its store.
type Disk interface {
	// Open returns the store of the next process.
	Open() (client.Store, error)
	// Die ends the store as the process ends: what it has written stays.
	Die() error
	// Tear has the store do something, and ends it in the middle of that: of what it writes, some bytes are missing
	// at the end. What Tear did is as good as not done.
	Tear(do func() error, missing int) error
}

// A Memory is a disk whose store is a list in memory. The zero value is an empty one. One process at a time may use
// it.
type Memory struct{ kept []record }

// A record is a message in a store.
type record struct {
	id     uint16
	packet []byte
}

// Open returns the store.
func (m *Memory) Open() (client.Store, error) { return m, nil }

// Die keeps what is there.
func (m *Memory) Die() error { return nil }

// Tear undoes what the store did.
func (m *Memory) Tear(do func() error, _ int) error {
	before := slices.Clone(m.kept)
	err := do()
	m.kept = before
	return err
}

// Load calls yield for each message.
func (m *Memory) Load(yield func(id uint16, packet []byte)) error {
	for _, r := range m.kept {
		yield(r.id, r.packet)
	}
	return nil
}

// Put keeps a message.
func (m *Memory) Put(id uint16, packet []byte) error {
	_ = m.Delete(id)
	m.kept = append(m.kept, record{id, bytes.Clone(packet)})
	return nil
}

// Delete removes a message.
func (m *Memory) Delete(id uint16) error {
	m.kept = slices.DeleteFunc(m.kept, func(r record) bool { return r.id == id })
	return nil
}

// Clear removes all messages.
func (m *Memory) Clear() error {
	m.kept = nil
	return nil
}
