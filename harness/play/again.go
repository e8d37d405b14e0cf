package play

import (
	"slices"
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// tellToConnect connects a subject that does not do so by itself, once the connection it had is over. One
// that does is told too when its newest connect has failed: many make again only what they had. A step tells
// it once. Where something lies below MQTT, a connection may be over before it was used: its handshake has failed.
func (p *player) tellToConnect(st *scenario.Step) {
	n := p.w.Link.Conns()
	c := p.conns[n]
	if p.auto && !p.run.hasGivenUp() || p.told == st || c == nil || !c.used && p.w.Front == nil || p.run.connecting() {
		return
	}
	if c.ended || p.w.Link.Ended(n) && !p.stillReads(c) {
		if p.w.Link.Settle(); p.w.Link.Conns() != n {
			return // it has connected again, and only now it is seen
		}
		if slices.ContainsFunc(p.sent, func(s seen) bool { return wire.TypeOf(s.Data) == wire.CONNECT }) {
			return // it has connected before the step looks
		}
		p.told = st
		p.connect(nil, p.options)
	}
}

// reading is how long a subject that serves its connection may take to come to the end of its connection: over TCP the bytes
// before it have to be read first, and a connect would throw them away.
const reading = time.Second

// stillReads reports whether the subject may be about to read what came before the end of its connection.
func (p *player) stillReads(c *connState) bool {
	if !p.run.serves() {
		return false
	}
	now := p.w.Now()
	if c.over == 0 {
		c.over = now
		time.AfterFunc(reading, p.w.Link.Wake)
	}
	return now < c.over+reading
}
