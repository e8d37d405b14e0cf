package world

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"umqtt/harness/wire"
)

// A Witness is the harness's own client at the broker, on a link without faults. It sends the acknowledgements
// that MQTT asks for and keeps each message until a step expects it.
type Witness struct {
	conn net.Conn
	wake func()
	done chan struct{}

	mu       sync.Mutex
	acks     map[wire.Type]int // acknowledgements seen, by packet type
	messages []*wire.Publish
	nextID   uint16
	failed   error
}

// ConnectWitness opens a connection of the witness to the broker, in place of the one it had. It sends
// nothing yet.
func (w *World) ConnectWitness() error {
	if w.dial == nil {
		return errors.New("there is no broker to connect to")
	}
	if w.witness != nil {
		w.witness.end()
	}
	conn, err := w.dial(context.Background())
	if err == nil {
		w.witness = newWitness(conn, w.Link.Wake)
	}
	return err
}

// Witness returns the witness, or nil while it has not connected.
func (w *World) Witness() *Witness { return w.witness }

// newWitness returns a witness on an open connection; wake is called when something arrived.
func newWitness(conn net.Conn, wake func()) *Witness {
	w := &Witness{conn: conn, wake: wake, done: make(chan struct{}), acks: map[wire.Type]int{}}
	go w.read()
	return w
}

// read is the witness's goroutine. It ends with the connection.
func (w *Witness) read() {
	defer close(w.done)
	defer w.wake()
	var f wire.Framer
	buf := make([]byte, 4096)
	for {
		n, err := w.conn.Read(buf)
		if err != nil {
			w.fail(fmt.Errorf("its connection has ended: %w", err))
			return
		}
		f.Write(buf[:n])
		for {
			frame, err := f.Next()
			if err == nil && frame == nil {
				break
			}
			if err == nil {
				err = w.handle(frame)
			}
			if err != nil {
				w.fail(err)
				return
			}
		}
		w.wake()
	}
}

func (w *Witness) handle(frame []byte) error {
	q, err := wire.DecodeFrom(wire.ToClient, frame)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	pub, ok := q.(*wire.Publish)
	if !ok {
		w.acks[q.Type()]++
		return nil
	}
	w.messages = append(w.messages, pub)
	if pub.QoS == 1 {
		_, err = w.conn.Write((&wire.Puback{PacketID: pub.PacketID}).Append(nil))
	}
	return err
}

func (w *Witness) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = err
}

// Send sends a packet.
func (w *Witness) Send(q wire.Packet) error {
	_, err := w.conn.Write(q.Append(nil))
	return err
}

// Acks is how many packets of a type have come that are not messages.
func (w *Witness) Acks(t wire.Type) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.acks[t]
}

// Err is why the witness gets nothing any more; nil while it does.
func (w *Witness) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed
}

// Peek returns the oldest message that no step has asked for.
func (w *Witness) Peek() (*wire.Publish, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.messages) == 0 {
		return nil, false
	}
	return w.messages[0], true
}

// Pop removes that message.
func (w *Witness) Pop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.messages = w.messages[1:]
}

// NextID returns the next packet identifier.
func (w *Witness) NextID() uint16 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nextID++
	return w.nextID
}

// end closes the connection and waits for the goroutine.
func (w *Witness) end() {
	w.conn.Close()
	<-w.done
}
