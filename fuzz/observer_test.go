package fuzz

import (
	"fmt"
	"net"
	"strings"
	"sync"

	"umqtt/harness/proxy"
	"umqtt/harness/wire"
)

// An observer is a plain connection to the broker that subscribes to everything at QoS 1, on package wire.
type observer struct {
	conn net.Conn

	mu  sync.Mutex
	got []*wire.Publish
	err error
}

// observe connects an observer and waits until it is subscribed.
func observe(conn net.Conn, link *proxy.Stepper) *observer {
	o := &observer{conn: conn}
	subscribed := make(chan struct{})
	go o.read(subscribed)
	o.write(&wire.Connect{ProtocolName: wire.ProtocolName, ProtocolLevel: wire.ProtocolLevel, CleanSession: true, ClientID: "observer"})
	o.write(&wire.Subscribe{PacketID: 1, Filters: []wire.Subscription{{Filter: "#", QoS: 1}}})
	done := link.Await(func() bool {
		select {
		case <-subscribed:
			return true
		default:
			return false
		}
	}, observerLimit)
	if !done {
		o.fail(fmt.Errorf("the observer is not subscribed after %v", observerLimit))
	}
	return o
}

const observerLimit = 1000 * tick

// read takes up what comes, until the connection ends.
func (o *observer) read(subscribed chan<- struct{}) {
	var f wire.Framer
	buf := make([]byte, 4096)
	for {
		n, err := o.conn.Read(buf)
		if err != nil {
			return
		}
		f.Write(buf[:n])
		for {
			frame, err := f.Next()
			if err == nil && frame == nil {
				break
			}
			var p wire.Packet
			if err == nil {
				p, err = wire.DecodeFrom(wire.ToClient, frame)
			}
			if err != nil {
				o.fail(err)
				return
			}
			switch p := p.(type) {
			case *wire.Suback:
				close(subscribed)
			case *wire.Publish:
				o.take(p)
			}
		}
	}
}

func (o *observer) take(p *wire.Publish) {
	o.mu.Lock()
	o.got = append(o.got, p)
	o.mu.Unlock()
	if p.QoS == 1 {
		o.write(&wire.Puback{PacketID: p.PacketID})
	}
}

func (o *observer) write(p wire.Packet) {
	if _, err := o.conn.Write(p.Append(nil)); err != nil {
		o.fail(err)
	}
}

func (o *observer) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = fmt.Errorf("the observer: %w", err)
}

func (o *observer) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// messages returns what the observer got so far.
func (o *observer) messages() []*wire.Publish {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.got
}

// String lists the messages by the number that each begins with.
func (o *observer) String() string {
	var ns []string
	for _, p := range o.messages() {
		n, _, _ := strings.Cut(string(p.Payload), ":")
		ns = append(ns, n)
	}
	return strings.Join(ns, " ")
}
