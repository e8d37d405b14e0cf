package proxy

import (
	"errors"
	"io"
	"net"
	"time"

	"umqtt/harness/wire"
)

// pump starts the connection's readers and writers.
func (p *TCP) pump(n *conn) {
	p.done.Go(func() { p.read(n, wire.ToServer, n.near) })
	p.done.Go(func() { p.write(n, wire.ToClient) })
	p.done.Go(func() { p.write(n, wire.ToServer) })
	if n.far != nil {
		p.done.Go(func() { p.read(n, wire.ToClient, n.far) })
	}
}

// read pumps what comes out of one end of a connection into the engine.
func (p *TCP) read(n *conn, d wire.Direction, from socket) {
	buf := make([]byte, 4096)
	for {
		k, err := from.Read(buf[:p.awaitRoom(n, d, len(buf))])
		p.mu.Lock()
		var as []arrival
		if k > 0 {
			as = p.arrived(n, d, buf[:k])
			p.tookIn(n, d, k)
		}
		if err != nil && !errors.Is(err, net.ErrClosed) {
			as = append(as, p.arrivedEnd(n, d, err != io.EOF)...)
		}
		for _, a := range as {
			p.decide(n, d, a)
		}
		if err != nil && n.cut {
			from.Close()
		}
		p.proceed()
		over := p.flood.over && d == wire.ToServer
		p.mu.Unlock()
		if err != nil || over {
			return
		}
	}
}

// awaitRoom waits until bytes of a direction may be read, and returns how many, up to most.
func (p *TCP) awaitRoom(n *conn, d wire.Direction, most int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		p.begun(n, d)
		if k := p.intake(n, d, most); k > 0 || p.ended {
			return max(k, 1)
		}
		p.awaitMove(n.flow(d).free)
	}
}

// awaitMove waits until something has become ready, or ended, or the time at is over. The lock is held.
func (p *TCP) awaitMove(at time.Duration) {
	if wait := at - p.Now(); wait > 0 {
		timer := time.AfterFunc(wait, p.due)
		defer timer.Stop()
	}
	p.moved.Wait()
}

// write hands over what the engine decided on for one direction, when it is due.
func (p *TCP) write(n *conn, d wire.Direction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.awaitReady(n, d) {
		piece, end := p.take(n, d)
		if to := n.dest(d); to != nil && len(piece) > 0 {
			p.mu.Unlock()
			to.Write(piece) // a failure shows as the reader's end
			p.mu.Lock()
		}
		if !n.cut {
			p.finish(n, d, end)
		}
		p.proceed()
	}
}

// awaitReady waits until a piece may be handed over; false when there will be none.
func (p *TCP) awaitReady(n *conn, d wire.Direction) bool {
	f := n.flow(d)
	for !p.ready(n, d) {
		if p.ended || n.cut || f.ended {
			return false
		}
		if len(f.pending) > 0 && !p.stalled(n, d) {
			timer := time.AfterFunc(f.pending[0].Due-p.Now(), p.due)
			p.moved.Wait()
			timer.Stop()
			continue
		}
		p.moved.Wait()
	}
	return !p.ended
}

// due wakes the pumps when a piece is due. With the lock it cannot come before the pump that set the timer
// waits.
func (p *TCP) due() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moved.Broadcast()
}
