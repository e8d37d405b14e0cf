package monitor_test

import (
	"slices"

	"pgregory.net/rapid"

	"umqtt/harness/wire"
)

// serverConnack accepts or refuses; it may have lost the session.
func (c *conforming) serverConnack() {
	if !c.up || c.broken || c.answered {
		return
	}
	c.answered = true
	if c.oneIn(8, "refuse") {
		c.hand(&wire.Connack{Code: 3})
		return
	}
	present := c.session && !c.clean && !c.oneIn(3, "session lost")
	c.session = !c.clean
	if !present {
		c.unacked = nil
	}
	c.renewed = slices.Clone(c.unacked)
	c.hand(&wire.Connack{SessionPresent: present})
}

// serverAcks answers any PUBLISH that has reached the server, or a SUBSCRIBE.
func (c *conforming) serverAcks() {
	if !c.listening() {
		return
	}
	if len(c.subs) > 0 && c.chance("suback") {
		c.hand(&wire.Suback{PacketID: c.subs[0], Codes: []byte{0}})
		c.subs = c.subs[1:]
		return
	}
	if len(c.recs) > 0 && c.chance("pubcomp") {
		id := c.recs[0]
		if slices.ContainsFunc(c.held, func(m *message) bool { return m.PacketID == id && m.released }) {
			c.recs = c.recs[1:]
			c.hand(&wire.Pubcomp{PacketID: id})
		}
		return
	}
	if len(c.stored) == 0 {
		return
	}
	i := rapid.IntRange(0, len(c.stored)-1).Draw(c.t, "which")
	p := c.stored[i]
	c.stored = slices.Delete(c.stored, i, i+1)
	if p.QoS == 1 {
		c.hand(&wire.Puback{PacketID: p.PacketID})
		return
	}
	c.recs = append(c.recs, p.PacketID)
	c.hand(&wire.Pubrec{PacketID: p.PacketID})
}

func (c *conforming) serverPublish() {
	if !c.listening() {
		return
	}
	c.out++
	p := &wire.Publish{Topic: "s", QoS: byte(rapid.IntRange(0, 2).Draw(c.t, "qos")), PacketID: c.out}
	if p.QoS > 0 {
		c.unacked = append(c.unacked, p)
	}
	c.hand(p)
}

// serverRenews hands a message of an earlier connection over again, or leaves it out.
func (c *conforming) serverRenews() {
	if !c.listening() || len(c.renewed) == 0 {
		return
	}
	p := *c.renewed[0]
	c.renewed = c.renewed[1:]
	if p.Dup = true; c.chance("renew") {
		c.hand(&p)
	}
}

func (c *conforming) serverReleases() {
	if !c.listening() || len(c.received) == 0 {
		return
	}
	c.hand(&wire.Pubrel{PacketID: c.received[0]})
	c.received = c.received[1:]
}
