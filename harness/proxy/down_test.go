package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
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
	p := listenTCP(t, Config{Dialed: true})
	p.Down()
	d := net.Dialer{LocalAddr: p.addr}
	if c, err := d.Dial("tcp", elsewhere.Addr().String()); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a dial from the port: %v, %v, want EADDRINUSE", c, err)
	}
	p.Close()
	if _, err := p.held.Stat(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the port is held after Close: %v", err)
	}
}

// A client of another process may dial a port when its proxy has ended: no dial and no proxy is given that port. One
// that only Dial leads to is given away.
func TestEndedKeepsPort(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no port is held here")
	}
	elsewhere, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	p := listenTCP(t, Config{})
	p.Close()
	if _, err := net.Dial("tcp", p.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a dial of the port: %v, want ECONNREFUSED", err)
	}
	if c, err := (&net.Dialer{LocalAddr: p.addr}).Dial("tcp", elsewhere.Addr().String()); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a dial from the port: %v, %v, want EADDRINUSE", c, err)
	}
	for name, cfg := range map[string]Config{"dialed": {Dialed: true}, "an address of its own": {Listen: p.Addr()}} {
		p := listenTCP(t, cfg)
		p.Close()
		if _, err := p.held.Stat(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: the port is held: %v", name, err)
		}
	}
}

// keep gives up the oldest port beyond a number of them.
func TestKeepForgets(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no port is held here")
	}
	t.Cleanup(func() {
		for _, f := range kept.ports {
			f.Close()
		}
		kept.ports = nil
	})
	var files []*os.File
	for range maxKept + 1 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		keep(f)
	}
	if _, err := files[0].Stat(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the oldest is held: %v", err)
	}
	if _, err := files[len(files)-1].Stat(); err != nil {
		t.Errorf("the newest: %v", err)
	}
}

// Where the subject connects by Dial alone, whoever else connects is reset, and nothing of it is recorded; a rule that
// refuses the next connection still waits for one of the subject.
func TestDialedAlone(t *testing.T) {
	p := listenTCP(t, Config{Dialed: true})
	wantReset(t, p.Addr())
	p.Arm(fault.Rule{Action: fault.Refuse{Count: 1}})
	wantReset(t, p.Addr())
	if _, err := p.Dial(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("Dial: %v, want ECONNREFUSED", err)
	}
	for range 20 {
		var beside sync.WaitGroup
		for range 4 {
			beside.Go(func() { wantReset(t, p.Addr()) })
			beside.Go(func() {
				c, err := p.Dial(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				t.Cleanup(func() { c.Close() })
			})
		}
		beside.Wait()
	}
	p.Settle()
	if n := p.Conns(); n != 80 {
		t.Errorf("%d connections, want 80", n)
	}
	if diff := cmp.Diff([]string{"0 * fault refuse"}, lines(p.cfg.Recorder)); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

// Close does not give the port away while a call of Dial may dial it.
func TestCloseWaitsForDial(t *testing.T) {
	p := listenTCP(t, Config{Dialed: true})
	entered, gate := make(chan bool), make(chan bool)
	var left atomic.Bool
	go func() {
		_, err := p.Dial(gated{t.Context(), sync.OnceFunc(func() {
			entered <- true
			<-gate
			left.Store(true)
		})})
		if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("Dial: %v, want ECONNREFUSED", err)
		}
	}()
	<-entered
	time.AfterFunc(20*time.Millisecond, func() { close(gate) })
	if p.Close(); !left.Load() {
		t.Error("Close returned while Dial had yet to dial")
	}
}

// gated is a context that calls pass when it is asked for its deadline.
type gated struct {
	context.Context
	pass func()
}

func (g gated) Deadline() (time.Time, bool) {
	g.pass()
	return g.Context.Deadline()
}
