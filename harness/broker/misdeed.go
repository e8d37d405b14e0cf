package broker

import (
	"net"
	"slices"
	"sync"
	"time"

	"umqtt/harness/wire"
)

// A Misdeed is one rule that a broker breaks on purpose, so that a test sees who is blamed for it.
type Misdeed struct {
	Name string
	// Doc says what the broker does.
	Doc string

	in, out func(c *bent, packet []byte) [][]byte // what a packet becomes on its way to the broker, and from it
}

// Misdeeds returns all misdeeds. The slice is the caller's.
func Misdeeds() []Misdeed { return slices.Clone(misdeeds) }

var misdeeds = []Misdeed{
	{Name: "loses", Doc: "acknowledges the second PUBLISH at QoS 1 of each connection, and passes it on to nobody", in: loses},
	{Name: "repeats", Doc: "sends the second PUBLISH at QoS 1 on each connection twice, with two identifiers", out: repeats},
	{Name: "other-id", Doc: "answers with a PUBACK of an identifier that was never used, the second time on each connection", out: otherID},
	{Name: "swaps", Doc: "sends two messages of one topic in the wrong order, the first time on each connection", out: swaps},
}

// FindMisdeed returns the misdeed of a name.
func FindMisdeed(name string) (Misdeed, bool) {
	i := slices.IndexFunc(misdeeds, func(m Misdeed) bool { return m.Name == name })
	if i < 0 {
		return Misdeed{}, false
	}
	return misdeeds[i], true
}

// Listen returns a listener for [Start] in front of which the misdeed happens, on each connection of l.
func (m Misdeed) Listen(l net.Listener) net.Listener { return bending{l, m} }

type bending struct {
	net.Listener
	m Misdeed
}

func (l bending) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &bent{Conn: c, m: l.m}, nil
}

// bent is a connection of a client, as the broker has it.
type bent struct {
	net.Conn
	m    Misdeed
	came stream // of the client; used by the one goroutine that reads
	read []byte // of it, what the broker has yet to read

	mu    sync.Mutex
	sent  stream // of the broker
	count int    // of the packets that the misdeed is about
	held  []byte // to be sent behind the next one
}

// stream cuts bytes into packets.
type stream struct {
	framer wire.Framer
	raw    bool // it is no MQTT any more
}

// packets returns the packets that b completes. What is no packet is returned as it is.
func (s *stream) packets(b []byte) (all [][]byte) {
	if s.raw {
		return [][]byte{b}
	}
	s.framer.Write(b)
	for {
		p, err := s.framer.Next()
		if err != nil {
			s.raw = true
			return append(all, slices.Clone(s.framer.Rest()))
		}
		if p == nil {
			return all
		}
		all = append(all, slices.Clone(p))
	}
}

// Read implements [net.Conn].
func (c *bent) Read(b []byte) (int, error) {
	if c.m.in == nil {
		return c.Conn.Read(b)
	}
	for len(c.read) == 0 {
		n, err := c.Conn.Read(b)
		for _, p := range c.came.packets(b[:n]) {
			for _, q := range c.m.in(c, p) {
				c.read = append(c.read, q...)
			}
		}
		if err != nil && len(c.read) == 0 {
			return 0, err
		}
	}
	n := copy(b, c.read)
	c.read = c.read[n:]
	return n, nil
}

// Write implements [net.Conn].
func (c *bent) Write(b []byte) (int, error) {
	if c.m.out == nil {
		return c.Conn.Write(b)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.sent.packets(b) {
		for _, q := range c.m.out(c, p) {
			if _, err := c.Conn.Write(q); err != nil {
				return 0, err
			}
		}
	}
	return len(b), nil
}

// second reports whether this is the second packet that the misdeed is about.
func (c *bent) second() bool {
	c.count++
	return c.count == 2
}

// publish returns the PUBLISH that a packet is at QoS 1, or nil.
func publish(d wire.Direction, packet []byte) *wire.Publish {
	p, err := wire.DecodeFrom(d, packet)
	if pub, ok := p.(*wire.Publish); err == nil && ok && pub.QoS == 1 {
		return pub
	}
	return nil
}

func loses(c *bent, packet []byte) [][]byte {
	if p := publish(wire.ToServer, packet); p != nil && c.second() {
		_, _ = c.Conn.Write((&wire.Puback{PacketID: p.PacketID}).Append(nil)) // or the connection has ended, and it is lost
		return nil
	}
	return [][]byte{packet}
}

// elsewhere is added to an identifier for another one that nobody uses: the broker counts from 1, and so do clients.
const elsewhere = 1 << 13

func repeats(c *bent, packet []byte) [][]byte {
	p := publish(wire.ToClient, packet)
	if p == nil || !c.second() {
		return [][]byte{packet}
	}
	again := *p
	again.PacketID ^= elsewhere
	return [][]byte{packet, again.Append(nil)}
}

func otherID(c *bent, packet []byte) [][]byte {
	p, err := wire.DecodeFrom(wire.ToClient, packet)
	if ack, ok := p.(*wire.Puback); err == nil && ok && c.second() {
		return [][]byte{(&wire.Puback{PacketID: ack.PacketID ^ elsewhere}).Append(nil)}
	}
	return [][]byte{packet}
}

// holds is how long a message waits for the next one of its topic.
const holds = 41 * time.Millisecond

func swaps(c *bent, packet []byte) [][]byte {
	p := publish(wire.ToClient, packet)
	if c.count > 1 || p == nil {
		return [][]byte{packet}
	}
	if c.held == nil {
		c.held = packet
		time.AfterFunc(holds, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			_, _ = c.Conn.Write(c.held) // which is nothing, once the next one came
			c.held = nil
		})
		return nil
	}
	before := c.held
	if first := publish(wire.ToClient, before); first.Topic != p.Topic {
		return [][]byte{packet}
	}
	c.held, c.count = nil, 2
	return [][]byte{packet, before}
}
