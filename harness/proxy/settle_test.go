package proxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"umqtt/harness/fault"
)

// When Settle returns, the connections are counted that were opened before, though accepting them takes its
// time. Settle's own connection is none, and spends no rule.
func TestSettle(t *testing.T) {
	dial, _ := listen(t)
	gate := make(chan bool)
	p := listenTCP(t, Config{Peer: func(ctx context.Context) (net.Conn, error) {
		<-gate
		return dial(ctx)
	}})
	for n := range 20 {
		dialTCP(t, p.Addr())
		go func() { gate <- true }()
		if p.Settle(); p.Conns() != n+1 {
			t.Fatalf("%d connections are counted, want %d", p.Conns(), n+1)
		}
	}
	p.Arm(fault.Rule{Action: fault.Refuse{}})
	p.Settle()
	wantReset(t, p.Addr())
	if p.Settle(); p.Conns() != 20 {
		t.Errorf("%d connections are counted, want 20", p.Conns())
	}
}

// Settle does not wait for what cannot come: when the proxy goes down, or ends, or cannot accept any more.
func TestSettleEnds(t *testing.T) {
	for name, end := range map[string]func(p *TCP, leavePeer func()){
		"down":          func(p *TCP, _ func()) { p.Down() },
		"end":           func(p *TCP, _ func()) { go p.Close() },
		"cannot accept": func(p *TCP, leavePeer func()) { p.ln.Close(); leavePeer() },
	} {
		t.Run(name, func(t *testing.T) {
			entered, gate := make(chan bool), make(chan bool)
			leavePeer := sync.OnceFunc(func() { close(gate) })
			p := listenTCP(t, Config{Peer: func(context.Context) (net.Conn, error) {
				entered <- true
				<-gate
				return nil, errors.New("no peer")
			}})
			start := time.Now()
			c := dialTCP(t, p.Addr())
			<-entered
			settled := make(chan bool)
			go func() { p.Settle(); close(settled) }()
			for probing := false; !probing; {
				p.mu.Lock()
				probing = p.probe != ""
				p.mu.Unlock()
			}
			end(p, leavePeer)
			<-settled
			p.Settle()
			leavePeer()
			wantRead(t, c, nil, syscall.ECONNRESET)
			if took := time.Since(start); took > dialTimeout/2 {
				t.Errorf("it took %v", took)
			}
		})
	}
}
