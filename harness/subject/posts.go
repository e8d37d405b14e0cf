package subject

import (
	"context"

	"umqtt/client"
)

// posts publishes without waiting, and reports what becomes of messages that no call waits for. What finds no
// room in flight waits for its turn, as it would in a program's own queue.
type posts struct {
	post  func(ctx context.Context, topic, payload []byte, retain bool) (id uint16, err error)
	queue []queued
	open  map[uint16]func(error) // in flight, by packet identifier
	kept  func(uint16, error)    // what has become of a message of an earlier process; nil: there is none

	pumping bool // a call of pump is under way
}

// queued is a message for which there was no room.
type queued struct {
	ctx context.Context // of its call
	Message
	done func(error)
}

// begin is for a new client: nothing of the one before it will be reported by it.
func (p *posts) begin(post func(ctx context.Context, topic, payload []byte, retain bool) (uint16, error)) {
	old := p.open
	p.post, p.open = post, map[uint16]func(error){}
	for _, done := range old {
		done(&Error{Dropped, client.ErrDropped})
	}
}

// publish publishes a message behind those that wait.
func (p *posts) publish(ctx context.Context, m Message, done func(error)) {
	p.queue = append(p.queue, queued{ctx, m, done})
	p.pump()
}

// pump publishes what has waited, as far as there is room. A callback or an outcome that publishes meanwhile adds to the
// queue, and the pump that is under way goes on with it.
func (p *posts) pump() {
	if p.pumping {
		return
	}
	p.pumping = true
	defer func() { p.pumping = false }()
	for len(p.queue) > 0 {
		q := p.queue[0]
		id, err := p.post(q.ctx, []byte(q.Topic), []byte(q.Payload), q.Retain)
		switch {
		case kindOf(err) == Inflight:
			return
		case id != 0:
			p.open[id] = q.done
		default:
			q.done(classify(err))
		}
		p.queue = p.queue[1:]
	}
}

// outstanding reports whether all that was published is in flight, and something is: then there is nothing to do but to
// wait for the outcomes.
func (p *posts) outstanding() bool { return len(p.queue) == 0 && len(p.open) > 0 }

// outcome is [client.Config].OnOutcome.
func (p *posts) outcome(id uint16, err error) {
	if done := p.open[id]; done != nil {
		delete(p.open, id)
		done(classify(err))
	} else if p.kept != nil {
		p.kept(id, classify(err))
	}
}
