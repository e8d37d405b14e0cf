package proxy

import "net"

// Settle implements [Link]. The listener accepts connections in the order in which they were opened. Once it
// accepts one that Settle opens, it has accepted all that the subject opened before.
func (p *TCP) Settle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	nc, err := net.DialTimeout("tcp", p.Addr(), dialTimeout)
	if err != nil { // nobody listens, so nothing waits to be accepted
		return
	}
	defer nc.Close()
	p.probe = nc.LocalAddr().String() // the lock keeps accepted from looking before
	for p.probe != "" && p.accepting > 0 && !p.ended && !p.down {
		p.moved.Wait()
	}
	p.probe = ""
}
