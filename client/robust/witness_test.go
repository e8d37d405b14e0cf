package robust_test

import (
	"net"
	"slices"
	"sync"
	"time"

	"umqtt/harness/wire"
)

// witness is a plain connection to the broker, on package wire. It sees whatever
// is published under "out/", and publishes what the client is to see.
type witness struct {
	conn net.Conn

	mu         sync.Mutex
	subscribed bool
	id         uint16
	got        []string // payloads, in the order of their arrival
}

// observe connects a witness, and waits until it is subscribed.
func (s *site) observe() *witness {
	conn, err := s.link.DialPlain(s.ctx, s.toBroker, "witness")
	if err != nil {
		s.Fatal(err)
	}
	w := &witness{conn: conn}
	go w.read()
	w.write(&wire.Connect{ProtocolName: wire.ProtocolName, ProtocolLevel: wire.ProtocolLevel, CleanSession: true, ClientID: "witness"})
	w.write(&wire.Subscribe{PacketID: 1, Filters: []wire.Subscription{{Filter: "out/#", QoS: 1}}})
	if !s.link.Await(w.ready, time.Second) {
		s.Fatal("the witness is not subscribed")
	}
	return w
}

func (w *witness) ready() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.subscribed
}

// read takes up what comes, until the connection ends.
func (w *witness) read() {
	var f wire.Framer
	buf := make([]byte, 1024)
	for {
		n, err := w.conn.Read(buf)
		if err != nil {
			return
		}
		_, _ = f.Write(buf[:n])
		for frame, err := f.Next(); frame != nil && err == nil; frame, err = f.Next() {
			switch p, _ := wire.Decode(frame); p := p.(type) {
			case *wire.Suback:
				w.mu.Lock()
				w.subscribed = true
				w.mu.Unlock()
			case *wire.Publish:
				w.mu.Lock()
				w.got = append(w.got, string(p.Payload))
				w.mu.Unlock()
				if p.QoS == 1 {
					w.write(&wire.Puback{PacketID: p.PacketID})
				}
			}
		}
	}
}

// write sends a packet. That the connection may have gone is seen by what does not
// arrive.
func (w *witness) write(p wire.Packet) { _, _ = w.conn.Write(p.Append(nil)) }

// publish publishes at QoS 1.
func (w *witness) publish(topic, payload string) {
	w.id++
	w.write(&wire.Publish{Topic: topic, Payload: []byte(payload), QoS: 1, PacketID: w.id})
}

// saw tells whether a message has arrived.
func (w *witness) saw(payload string) bool { return slices.Contains(w.all(), payload) }

func (w *witness) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.got)
}
