package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/proxy"
	"umqtt/harness/wire"
)

// faults are what the proxy does, but for the outages: see outages. All of it is what networks do.
var faults = []fault.Rule{
	{Match: fault.Match{Type: wire.PUBLISH, Dirs: fault.ToServer, Probability: 0.01}, Action: fault.Cut{At: 5, How: fault.RST}},
	{Match: fault.Match{Type: wire.PUBLISH, Dirs: fault.ToServer, Probability: 0.01}, Action: fault.Cut{At: -1, How: fault.FIN}},
	{Match: fault.Match{Type: wire.PUBACK, Dirs: fault.ToClient, Probability: 0.01}, Action: fault.Cut{At: 0, How: fault.RST}},
	{Match: fault.Match{Type: wire.PUBACK, Dirs: fault.ToClient, Probability: 0.005}, Action: fault.Cut{At: 2, How: fault.FIN, Refuse: 2}},
	{Match: fault.Match{Type: wire.CONNACK, Dirs: fault.ToClient, Probability: 0.02}, Action: fault.Cut{At: 0, How: fault.RST}},
	{Match: fault.Match{Type: wire.PUBLISH, Dirs: fault.ToServer, Probability: 0.001}, Action: fault.Stall{At: 4}},
	{Match: fault.Match{Type: wire.PUBLISH, Dirs: fault.ToServer, Probability: 0.05}, Action: fault.Split{Sizes: []int{1, 3, 7}}},
	{Match: fault.Match{Probability: 0.02}, Action: fault.Delay{By: 50 * time.Millisecond}},
	{Match: fault.Match{Probability: 0.2}, Action: fault.Jitter{Max: 20 * time.Millisecond}},
}

// patience is how long clients have to get their last message through, and witnesses to see it.
const patience = 60 * time.Second

// load runs clients and witnesses.
func load(ctx context.Context, cfg config, addr string) (*result, error) {
	r, err := proxy.Start(context.Background(), proxy.Options{Upstream: addr, Seed: cfg.seed, Rules: faults})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	res := newResult(cfg)
	watching, unwatch := context.WithCancel(context.Background())
	var witnesses sync.WaitGroup
	defer witnesses.Wait()
	defer unwatch()
	for n := 0; n*perWitness < cfg.clients; n++ {
		x, err := newWitness(n, addr, res)
		if err != nil {
			return nil, err
		}
		witnesses.Go(func() { x.watch(watching) })
	}

	publishing, stop := context.WithTimeout(ctx, cfg.lasts)
	defer stop()
	last, end := context.WithCancel(context.Background())
	defer end()
	var clients sync.WaitGroup
	for n := range cfg.clients {
		p, err := newPublisher(n, cfg, r.Addr(), res)
		if err != nil {
			return nil, err
		}
		clients.Go(func() { p.publish(publishing, last) })
	}
	go outages(publishing, r, cfg.lasts)
	res.sample(publishing, cfg.lasts)

	// No fault is left, and everybody may finish.
	for _, rule := range r.Rules() {
		r.Remove(rule.ID)
	}
	for _, conn := range r.Open() {
		r.Heal(conn) // it may be over meanwhile
	}
	late := time.AfterFunc(patience, end)
	clients.Wait()
	late.Stop()
	res.stats = r.Stats()
	for began := time.Now(); res.missing() > 0 && time.Since(began) < patience; {
		time.Sleep(20 * time.Millisecond)
	}
	if ctx.Err() != nil {
		return nil, errors.New("interrupted")
	}
	return res, r.Err()
}

// outages takes the network down four times.
func outages(ctx context.Context, r *proxy.Relay, lasts time.Duration) {
	tick := time.NewTicker(lasts / 5)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		r.Down()
		select {
		case <-ctx.Done():
		case <-time.After(min(lasts/50, time.Second)):
		}
		r.Up()
	}
}

// result is what has happened.
type result struct {
	cfg     config
	done    []seqs // by client: what was reported done
	came    []seqs // by client: what a witness has seen
	again   atomic.Int64
	lostCon atomic.Int64 // attempts to connect that had a cause
	failed  sync.Map     // of publishes that were not reported done: error text to count
	broken  sync.Map     // of witnesses
	samples []usage
	stats   proxy.Stats
}

func newResult(cfg config) *result {
	return &result{cfg: cfg, done: make([]seqs, cfg.clients), came: make([]seqs, cfg.clients)}
}

// seqs is a set of sequence numbers.
type seqs struct {
	mu   sync.Mutex
	bits []uint64
	n    int
}

// add adds a number, and reports whether it was not there.
func (s *seqs) add(seq int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.bits) <= seq/64 {
		s.bits = append(s.bits, 0)
	}
	if s.bits[seq/64]>>(seq%64)&1 != 0 {
		return false
	}
	s.bits[seq/64] |= 1 << (seq % 64)
	s.n++
	return true
}

func (s *seqs) has(seq int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return seq/64 < len(s.bits) && s.bits[seq/64]>>(seq%64)&1 != 0
}

// each calls f with each number.
func (s *seqs) each(f func(seq int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, bits := range s.bits {
		for b := range 64 {
			if bits>>b&1 != 0 {
				f(64*i + b)
			}
		}
	}
}

// missing counts messages that were reported done and have not come.
func (r *result) missing() int {
	n := 0
	for i := range r.done {
		r.done[i].each(func(seq int) {
			if !r.came[i].has(seq) {
				n++
			}
		})
	}
	return n
}

// lost says what is wrong with the messages.
func (r *result) lost() []string {
	var bad []string
	if n := r.missing(); n > 0 {
		bad = append(bad, fmt.Sprintf("%d messages were reported done and have not come", n))
	}
	silent := 0
	for i := range r.done {
		if r.done[i].n == 0 {
			silent++
		}
	}
	if silent > 0 {
		bad = append(bad, fmt.Sprintf("%d clients have not got a message through", silent))
	}
	r.broken.Range(func(what, _ any) bool {
		bad = append(bad, fmt.Sprint("a witness: ", what))
		return true
	})
	return bad
}

// write prints the figures.
func (r *result) write(w io.Writer) {
	done, came := 0, 0
	for i := range r.done {
		done += r.done[i].n
		came += r.came[i].n
	}
	fmt.Fprintf(w, "messages: %d reported done, %d came, %d of them again; %d reported done and not come\n", done, came, r.again.Load(), r.missing())
	r.failed.Range(func(what, n any) bool {
		fmt.Fprintf(w, "not reported done: %d times %v\n", n.(*atomic.Int64).Load(), what)
		return true
	})
	fmt.Fprintf(w, "connections: %d opened, %d refused, %d reconnects of clients\n", r.stats.Opened, r.stats.Refused, r.lostCon.Load())
	fmt.Fprintf(w, "faults: %v\n", r.stats.Fired)
	r.writeUsage(w)
}

// countIn adds one to the counter of a text.
func countIn(m *sync.Map, what string) {
	n, _ := m.LoadOrStore(what, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
}

// kind names an error without what differs from one to the next, such as ports.
func kind(err error) string {
	var op *net.OpError
	switch {
	case errors.As(err, &op):
		return "network error"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "the end"
	}
	return fmt.Sprintf("%T", err)
}
