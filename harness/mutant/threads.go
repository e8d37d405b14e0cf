package mutant

import (
	"context"
	"time"

	"umqtt/harness/subject"
)

// sideBySide lists mutants that get calls of several threads wrong.
func sideBySide() []Mutant {
	return []Mutant{
		{
			Name: "packets-mix", Doc: "writes a large packet in pieces, and lets the packets of other threads in between",
			Violates: []string{"MQTT-4.3.1-1", "MQTT-4.3.2-1"}, Subjects: qos2,
			Rewrite: func() Rewrite { return Rewrite{Loose: 8192} },
		},
		{
			Name: "one-call-at-a-time", Doc: "holds a lock for as long as a call lasts: no other call begins meanwhile, not even beside a callback",
			Violates: []string{"api-outcome-2"}, Subjects: qos2,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject {
				return &locked{Subject: s, lock: make(chan struct{}, 1)}
			},
		},
	}
}

// locked makes one call at a time.
type locked struct {
	subject.Subject
	lock chan struct{}
}

func (l *locked) Publish(ctx context.Context, m subject.Message, done func(error)) {
	select {
	case l.lock <- struct{}{}:
	case <-ctx.Done():
		done(&subject.Error{Kind: subject.Timeout, Err: ctx.Err()})
		return
	}
	l.Subject.Publish(ctx, m, done)
	<-l.lock
}

func (l *locked) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	select {
	case l.lock <- struct{}{}:
	case <-ctx.Done():
		return nil, &subject.Error{Kind: subject.Timeout, Err: ctx.Err()}
	}
	defer func() { <-l.lock }()
	return l.Subject.Subscribe(ctx, filters)
}

// loose writes a packet that is too large for one write in a goroutine of its own, piece by piece: what is written
// meanwhile comes between the pieces. The caller has the turn.
func (c *conn) loose(data []byte) {
	go func() {
		for len(data) > 0 {
			n := min(len(data), looseWrite)
			if _, err := c.Conn.Write(data[:n]); err != nil {
				return // it shows when the subject writes or reads
			}
			data = data[n:]
			time.Sleep(looseWait)
		}
	}()
}

// looseWrite is how many bytes a loose connection writes at a time, and looseWait is how long it waits between two pieces: other
// writers have their turn then.
const (
	looseWrite = 1024
	looseWait  = time.Millisecond
)
