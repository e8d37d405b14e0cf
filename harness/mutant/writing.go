package mutant

import (
	"errors"
	"net"
	"os"
	"time"
)

// writing lists mutants that get wrong how they write to a connection that takes no more, or only slowly.
func writing() []Mutant {
	return []Mutant{
		{
			Name: "writes-for-ever", Doc: "writes without a timeout: a call waits for as long as nobody reads",
			Violates: []string{"api-outcome-2"}, Subjects: connected,
			Rewrite: func() Rewrite { return Rewrite{Deadline: func(time.Time) time.Time { return time.Time{} }} },
		},
		{
			Name: "goes-on-after-a-part", Doc: "takes a packet for sent of which it could write a part only, and goes on behind it",
			Violates: []string{"api-outcome-2", "MQTT-4.4.0-1", "MQTT-4.3.2-1"}, Subjects: connected,
			Rewrite: func() Rewrite {
				return Rewrite{Written: func(err error) error {
					if errors.Is(err, os.ErrDeadlineExceeded) {
						return nil
					}
					return err
				}}
			},
		},
		{
			Name: "impatient-writer", Doc: "gives a connection up that does not take a packet within a second",
			Violates: []string{"MQTT-4.3.2-1", "MQTT-4.3.1-1"}, Subjects: connected,
			Rewrite: func() Rewrite {
				return Rewrite{Deadline: func(t time.Time) time.Time {
					if soon := time.Now().Add(time.Second); t.After(soon) {
						return soon
					}
					return t
				}}
			},
		},
	}
}

// SetDeadline implements [net.Conn].
func (c *conn) SetDeadline(t time.Time) error {
	c.remember(t)
	if err := c.Conn.SetReadDeadline(t); err != nil {
		return err
	}
	return c.Conn.SetWriteDeadline(c.writes().deadline(t))
}

// SetWriteDeadline implements [net.Conn].
func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.Conn.SetWriteDeadline(c.writes().deadline(t))
}

var _ net.Conn = (*conn)(nil)

// A writeTamperer is a tamperer that decides about writes, too.
type writeTamperer interface {
	// deadline returns the deadline of writes in place of the subject's.
	deadline(time.Time) time.Time
	// written returns what the subject is told of a write that has failed with err, or of one that has not, where err is nil.
	written(err error) error
	// loose returns how large a packet is at most that is written in one piece; 0 is no bound.
	loose() int
}

// paces reports whether the mutant changes how or when packets are passed on, besides what they are.
func (m Mutant) paces() bool {
	if m.Rewrite == nil {
		return false
	}
	r := m.Rewrite()
	return r.Deadline != nil || r.Written != nil || r.Loose > 0 || r.Whole
}

// writes returns who decides about the writes of the connection.
func (c *conn) writes() writeTamperer {
	if t, ok := c.tamper.(writeTamperer); ok {
		return t
	}
	return &tamper{}
}

// deadline implements writeTamperer.
func (t *tamper) deadline(at time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rewrite.Deadline == nil {
		return at
	}
	return t.rewrite.Deadline(at)
}

// written implements writeTamperer.
func (t *tamper) written(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil || t.rewrite.Written == nil {
		return err
	}
	return t.rewrite.Written(err)
}

// loose implements writeTamperer.
func (t *tamper) loose() int { return t.rewrite.Loose }
