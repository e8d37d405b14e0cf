package proxy

import (
	"cmp"
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"umqtt/harness/fault"
)

// TCP is the driver of the real world: it listens on a loopback port, dials the peer for each
// connection it accepts, and pumps both ways through the engine. FIN, half-close and RST pass through.
// It promises less than [Stepper]: the bytes of each connection and direction, and the order between
// directions only where one packet causes the other.
type TCP struct {
	core
	moved sync.Cond // something became ready, or ended
	start time.Time
	wake  chan struct{}
	addr  *net.TCPAddr
	ln    net.Listener
	held  *os.File // keeps the port while the proxy is down; nil where the system has no such thing
	done  sync.WaitGroup
	ended bool

	accepting int             // goroutines in accept: an older one may not have returned yet
	probe     string          // the address from which Settle has dialed; empty when that was accepted
	dialing   int             // calls of Dial that have not returned yet
	dialed    map[string]bool // the addresses from which Dial has dialed, until those are accepted; with Config.Dialed
}

// ListenTCP starts a proxy at [Config].Listen, or on a free port of 127.0.0.1. It ends with [TCP.Close].
func ListenTCP(cfg Config) (*TCP, error) {
	p := &TCP{start: time.Now(), wake: make(chan struct{}, 1), dialed: map[string]bool{}}
	p.core = core{cfg: cfg, now: p.Now, kick: p.proceed, sync: func() {}, flood: flood{bounds: cfg.bounds()}}
	p.moved.L = &p.mu
	addr := cmp.Or(cfg.Listen, "127.0.0.1:0")
	if held, at, err := Hold(addr); err == nil {
		p.held, addr = held, at
	}
	if err := p.listen(addr); err != nil {
		p.held.Close()
		return nil, err
	}
	p.addr = p.ln.Addr().(*net.TCPAddr)
	return p, nil
}

func (p *TCP) listen(addr string) error {
	lc := net.ListenConfig{Control: p.control()}
	ln, err := lc.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return err
	}
	p.ln = ln
	p.accepting++
	p.done.Go(func() { p.accept(ln) })
	return nil
}

// Addr is the address the subject connects to, as host:port.
func (p *TCP) Addr() string { return p.addr.String() }

// Now implements [Link].
func (p *TCP) Now() time.Duration { return time.Since(p.start) }

// Wake implements [Link].
func (p *TCP) Wake() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// proceed lets the pumps, and Await, look again.
func (p *TCP) proceed() {
	p.moved.Broadcast()
	p.Wake()
}

// Await implements [Link].
func (p *TCP) Await(done func() bool, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for !done() {
		select {
		case <-p.wake:
		case <-timer.C:
			return done()
		}
	}
	return true
}

// Dial implements [Link]. A client of another process dials Addr itself; what it is refused by is then
// a connection that is reset as soon as it is accepted.
func (p *TCP) Dial(ctx context.Context) (net.Conn, error) {
	p.mu.Lock()
	if p.ended || p.down || p.refuses() {
		p.mu.Unlock()
		return nil, refused(p.addr)
	}
	p.dialing++
	p.done.Add(1) // Close gives the port away when nobody dials it any more
	p.mu.Unlock()
	defer p.done.Done()
	d := net.Dialer{Control: p.control()}
	nc, err := d.DialContext(ctx, "tcp", p.Addr())
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dialing--
	if err == nil && p.cfg.Dialed {
		p.dialed[nc.LocalAddr().String()] = true
	}
	p.moved.Broadcast()
	return nc, err
}

// isForeign reports whether somebody else than the subject has opened a connection from an address. A call of Dial may
// have yet to tell from where it has dialed. The lock is held.
func (p *TCP) isForeign(from string) bool {
	if !p.cfg.Dialed {
		return false
	}
	for limit := p.Now() + dialTimeout; !p.dialed[from] && p.dialing > 0 && !p.ended && !p.down && p.Now() < limit; {
		p.awaitMove(limit)
	}
	ours := p.dialed[from]
	delete(p.dialed, from)
	return !ours
}

// control returns what is done to sockets of the subject's connections before they listen or connect; nil is nothing.
func (p *TCP) control() func(network, address string, c syscall.RawConn) error {
	if p.cfg.Buffer == 0 {
		return nil
	}
	return func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { shrink(fd, p.cfg.Buffer) })
	}
}

func (p *TCP) accept(ln net.Listener) {
	for {
		nc, err := ln.Accept()
		if err != nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.accepting--
			p.proceed()
			return
		}
		p.accepted(tcpSocket{nc.(*net.TCPConn)})
	}
}

// accepted makes a connection of what the subject has opened, or resets it, as it does with Settle's.
func (p *TCP) accepted(near tcpSocket) {
	p.mu.Lock()
	probe := near.RemoteAddr().String() == p.probe
	if probe {
		p.probe = ""
		p.proceed()
	}
	refuse := probe || p.isForeign(near.RemoteAddr().String()) || p.ended || p.down || p.refuses()
	if !refuse {
		p.forgets()
	}
	p.mu.Unlock()
	if refuse {
		near.Reset()
		return
	}
	far, err := p.dialPeer()
	if err != nil {
		near.Reset()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.open(near, far)
	if p.cfg.Front != nil {
		n.near = p.cfg.Front(n.id, near)
	}
	p.opened(n)
	p.proceed()
	if p.ended || p.down { // meanwhile
		p.sever(n, fault.RST)
		return
	}
	p.pump(n)
}

// dialTimeout bounds the dial of a peer on this machine.
const dialTimeout = 5 * time.Second

// dialPeer opens the connection's other half; nil when the caller is the peer.
func (p *TCP) dialPeer() (socket, error) {
	if p.cfg.Peer == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	nc, err := p.cfg.Peer(ctx)
	if err != nil {
		return nil, err
	}
	return tcpSocket{nc.(*net.TCPConn)}, nil
}

// Down implements [Link]: nobody listens on Addr until Up.
func (p *TCP) Down() {
	p.ln.Close()
	p.setDown(true)
}

// Up implements [Link].
func (p *TCP) Up() {
	p.setDown(false)
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.listen(p.Addr())
	for tries := 0; errors.Is(err, syscall.EADDRINUSE) && tries < 200; tries++ { // somebody's dial has borrowed the port
		time.Sleep(5 * time.Millisecond)
		err = p.listen(p.Addr())
	}
	if err != nil {
		p.cfg.Engine.Fail(err)
	}
}

// Close ends the listener, every connection and every goroutine of the proxy. The port may be given to others from then
// on, but where a client of another process may still dial it: see [maxKept].
func (p *TCP) Close() {
	p.mu.Lock()
	again := p.ended
	p.ended = true
	p.ln.Close()
	for _, n := range p.conns {
		p.closeBoth(n)
	}
	p.proceed()
	p.mu.Unlock()
	p.done.Wait()
	if again || p.cfg.Dialed || p.cfg.Listen != "" {
		p.held.Close()
		return
	}
	keep(p.held)
}

// tcpSocket adds a reset to a TCP connection.
type tcpSocket struct{ *net.TCPConn }

// Reset closes the connection with RST.
func (s tcpSocket) Reset() error {
	s.SetLinger(0)
	return s.Close()
}

var _ Link = (*TCP)(nil)

var _ Link = (*Stepper)(nil)
