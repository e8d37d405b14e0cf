package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
)

// perWitness is how many clients a witness watches: fewer than the messages that the broker of the harness keeps for a
// subscriber that is slow.
const perWitness = 25

// A publisher publishes one message after another.
type publisher struct {
	n       int
	c       *robust.Client
	cfg     config
	rng     *rand.Rand
	res     *result
	pending map[uint16]int // messages of calls that have ended, by packet identifier
}

func newPublisher(n int, cfg config, addr string, res *result) (*publisher, error) {
	p := &publisher{n: n, cfg: cfg, rng: rand.New(rand.NewPCG(cfg.seed, uint64(n))), res: res, pending: map[uint16]int{}}
	rc := robust.Config{
		Config: client.Config{
			Addr: addr, ClientID: fmt.Sprintf("soak-%d-%d", cfg.seed, n), KeepAlive: 5 * time.Second, PingTimeout: 5 * time.Second,
			AckTimeout: 30 * time.Second,
			OnOutcome:  p.outcome,
		},
		Policy: robust.Forever(robust.Backoff{Initial: 50 * time.Millisecond, Max: 5 * time.Second, Jitter: 0.5}),
		Rand:   p.rng,
		OnAttempt: func(a robust.Attempt) {
			if a.Cause != nil {
				res.lostCon.Add(1)
			}
		},
		PoisonAfter: 10, // faults that follow one another are no poison
	}
	var err error
	p.c, err = robust.New(rc)
	return p, err
}

// outcome is told of messages whose calls have ended.
func (p *publisher) outcome(id uint16, err error) {
	seq, ok := p.pending[id]
	if delete(p.pending, id); ok && err == nil {
		p.res.done[p.n].add(seq)
	}
}

// publish publishes until the context ends, and until one message is through, however late the machine is. The last
// message has until last ends.
func (p *publisher) publish(ctx, last context.Context) {
	defer p.c.Close()
	topic := fmt.Appendf(nil, "soak/%d/%d/%d", p.cfg.seed, p.n/perWitness, p.n)
	clean := p.n%2 == 0 // every other client keeps its session
	if _, err := p.c.Connect(last, clean); err != nil {
		countIn(&p.res.failed, kind(err))
		return
	}
	for seq := 0; ctx.Err() == nil || p.res.done[p.n].n == 0 && last.Err() == nil; seq++ {
		err := p.c.Publish(last, topic, fmt.Appendf(nil, "%d %0*d", seq, p.rng.IntN(200), 0), 1, false)
		if err == nil {
			p.res.done[p.n].add(seq)
		} else {
			var e *client.PendingError
			if errors.As(err, &e) {
				p.pending[e.PacketID] = seq
			}
			countIn(&p.res.failed, kind(err))
		}
		gap := p.cfg.gap/2 + time.Duration(p.rng.Int64N(int64(p.cfg.gap)))
		if _, err := p.c.WaitFor(ctx, gap); err != nil && ctx.Err() == nil {
			countIn(&p.res.failed, "while it waits: "+kind(err))
		}
	}
}

// A witness counts what comes to the broker.
type witness struct {
	c   *client.Client
	res *result
}

// newWitness subscribes to the messages of some clients.
func newWitness(n int, addr string, res *result) (*witness, error) {
	c, err := client.New(client.Config{Addr: addr, ClientID: fmt.Sprintf("witness-%d-%d", res.cfg.seed, n)})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	x := &witness{c, res}
	c.SetCallback(x.message)
	if _, err := c.Connect(ctx, true); err != nil {
		return nil, err
	}
	_, err = c.Subscribe(ctx, client.Filter{Topic: fmt.Appendf(nil, "soak/%d/%d/+", res.cfg.seed, n), QoS: 1})
	return x, err
}

func (x *witness) message(m client.Message) {
	var seed uint64
	var group, n, seq int
	_, err := fmt.Sscanf(string(m.Topic), "soak/%d/%d/%d", &seed, &group, &n)
	if err == nil {
		_, err = fmt.Sscan(string(m.Payload), &seq)
	}
	if err != nil || n >= len(x.res.came) || seq < 0 {
		countIn(&x.res.broken, fmt.Sprintf("unexpected message %q %q", m.Topic, m.Payload))
		return
	}
	if !x.res.came[n].add(seq) {
		x.res.again.Add(1)
	}
}

// watch receives until the context ends. A witness has no faults: an error of it is a failure.
func (x *witness) watch(ctx context.Context) {
	defer x.c.Close()
	for ctx.Err() == nil {
		if _, err := x.c.WaitMsg(ctx); err != nil && ctx.Err() == nil {
			countIn(&x.res.broken, err.Error())
			return
		}
	}
}
