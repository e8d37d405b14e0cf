package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/fault"
)

// Whoever dials the address itself is refused by a reset, and so is everybody while the peer cannot be
// dialed. Neither is a connection.
func TestRefusedAfterAccept(t *testing.T) {
	var gotLimit bool
	noPeer := errors.New("no peer")
	p := listenTCP(t, Config{Peer: func(ctx context.Context) (net.Conn, error) {
		_, gotLimit = ctx.Deadline()
		return nil, noPeer
	}})
	wantReset(t, p.Addr())
	p.Arm(fault.Rule{Action: fault.Refuse{Count: 2}})
	wantReset(t, p.Addr())
	if _, err := p.Dial(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("Dial: %v, want ECONNREFUSED", err)
	}
	if n := p.Conns(); n != 0 || !gotLimit {
		t.Errorf("%d connections, want 0; the dial of the peer has a limit: %t", n, gotLimit)
	}
	if diff := cmp.Diff([]string{"0 * fault refuse", "0 * fault refuse"}, lines(p.cfg.Recorder)); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

// A connection is reset that is accepted while the proxy goes down, or ends.
func TestDownWhileAccepting(t *testing.T) {
	for name, end := range map[string]func(p *TCP){
		"down": func(p *TCP) { p.Down() },
		"end": func(p *TCP) {
			go p.Close()
			for ended := false; !ended; {
				p.mu.Lock()
				ended = p.ended
				p.mu.Unlock()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dial, accept := listen(t)
			made := make(chan *TCP, 1)
			p := listenTCP(t, Config{Peer: func(ctx context.Context) (net.Conn, error) {
				end(<-made)
				return dial(ctx)
			}})
			made <- p
			wantReset(t, p.Addr())
			wantRead(t, accept(), nil, syscall.ECONNRESET)
			if open := p.Open(); p.Conns() != 1 || open != nil {
				t.Errorf("%d connections, open %v, want 1 and none", p.Conns(), open)
			}
		})
	}
}

// Down closes the port and resets what is open, Up opens it again, and waits for it where somebody else
// has it for a moment. One who keeps it is an error.
func TestDownAndUp(t *testing.T) {
	p, c := overTCP(t, Config{})
	p.Down()
	wantRead(t, c, nil, syscall.ECONNRESET)
	if _, err := net.Dial("tcp", p.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial while down: %v, want ECONNREFUSED", err)
	}
	if _, err := p.Dial(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("Dial while down: %v, want ECONNREFUSED", err)
	}
	p.Settle()
	taken, err := net.Listen("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, func() { taken.Close() })
	p.Up()
	dialTCP(t, p.Addr())
	p.Settle()
	if n, err := p.Conns(), p.Err(); n != 2 || err != nil {
		t.Errorf("after Up: %d connections, %v; want 2, nil", n, err)
	}
	p.Down()
	kept, err := net.Listen("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	p.Up()
	kept.Close()
	if err := p.Err(); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("Err = %v, want EADDRINUSE", err)
	}
}

// Close ends what the proxy has, stalled and delayed packets or not.
func TestTCPClose(t *testing.T) {
	dial, accept := listen(t)
	p, c := overTCP(t, Config{Peer: dial})
	peer := accept()
	p.Arm(fault.Rule{Action: fault.Delay{By: time.Hour}})
	c.Write(ping)
	p.Await(func() bool { return p.cfg.Recorder.Len() > 0 }, long)
	start := time.Now()
	p.Close()
	if took := time.Since(start); took > long/2 {
		t.Errorf("Close took %v", took)
	}
	wantRead(t, c, nil, io.EOF)
	wantRead(t, peer, nil, io.EOF)
	if _, err := net.Dial("tcp", p.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial after Close: %v, want ECONNREFUSED", err)
	}
	if next, err := net.Listen("tcp", p.Addr()); err == nil { // the port may be somebody else's by now
		defer next.Close()
	}
	if _, err := p.Dial(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("Dial after Close: %v, want ECONNREFUSED", err)
	}
}

// Close waits for every goroutine of the proxy.
func TestTCPCloseWaits(t *testing.T) {
	entered, gate := make(chan bool), make(chan bool)
	var left atomic.Bool
	p := listenTCP(t, Config{Peer: func(context.Context) (net.Conn, error) {
		entered <- true
		<-gate
		left.Store(true)
		return nil, errors.New("no peer")
	}})
	c := dialTCP(t, p.Addr())
	<-entered
	time.AfterFunc(20*time.Millisecond, func() { close(gate) })
	if p.Close(); !left.Load() {
		t.Error("Close returned while a goroutine dialed the peer")
	}
	wantRead(t, c, nil, syscall.ECONNRESET)
}

// A dial of somebody else is not given the port of a proxy that is down.
func TestDownKeepsPort(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no port is held here")
	}
	elsewhere, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	p := listenTCP(t, Config{})
	p.Down()
	d := net.Dialer{LocalAddr: p.addr}
	if c, err := d.Dial("tcp", elsewhere.Addr().String()); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a dial from the port: %v, %v, want EADDRINUSE", c, err)
	}
	p.Close()
	c, err := d.Dial("tcp", elsewhere.Addr().String())
	if err != nil {
		t.Fatalf("after Close: %v", err)
	}
	c.Close()
}
