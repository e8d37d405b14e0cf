package peers

import (
	"context"
	"net"
	"sync"

	"umqtt/harness/subject"
)

// line is the way to the peer: it dials, and can end what it has dialled beneath the client, without a
// DISCONNECT and for good.
type line struct {
	dial   func(context.Context) (net.Conn, error)
	ctx    context.Context
	cancel context.CancelFunc

	mu    sync.Mutex
	conns []net.Conn
}

func newLine(env subject.Env) *line {
	ctx, cancel := context.WithCancel(context.Background())
	return &line{dial: env.Dial, ctx: ctx, cancel: cancel}
}

// open dials. After shut it fails.
func (l *line) open() (net.Conn, error) {
	c, err := l.dial(l.ctx)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.ctx.Err(); err != nil {
		c.Close()
		return nil, err
	}
	l.conns = append(l.conns, c)
	return c, nil
}

// shut closes what was dialled, and dials no more.
func (l *line) shut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cancel()
	for _, c := range l.conns {
		c.Close()
	}
	l.conns = nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
