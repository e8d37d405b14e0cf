package play

import (
	"context"
	"fmt"
	"net"
	"sync"

	"umqtt/harness/subject"
	"umqtt/harness/wire"
	"umqtt/scenarios"
)

// A witness is the harness's own client beside the subject, on a link without faults. It answers what
// it must by itself and keeps the messages it gets until a step asks for them.
type witness struct {
	conn net.Conn
	wake func()
	done chan struct{}

	mu       sync.Mutex
	acks     map[wire.Type]int // acknowledgements seen, by packet type
	messages []subject.Message
	nextID   int
	failed   error
}

// newWitness returns a witness on an open connection; wake is called when something arrived.
func newWitness(conn net.Conn, wake func()) *witness {
	w := &witness{conn: conn, wake: wake, done: make(chan struct{}), acks: map[wire.Type]int{}}
	go w.read()
	return w
}

// read is the witness's goroutine. It ends with the connection.
func (w *witness) read() {
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

func (w *witness) handle(frame []byte) error {
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
	w.messages = append(w.messages, subject.Message{
		Topic: pub.Topic, Payload: string(pub.Payload), QoS: int(pub.QoS), Retain: pub.Retain, Dup: pub.Dup,
	})
	if pub.QoS == 1 {
		_, err = w.conn.Write((&wire.Puback{PacketID: pub.PacketID}).Append(nil))
	}
	return err
}

func (w *witness) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = err
}

// err is why the witness gets nothing any more; nil while it does.
func (w *witness) err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed
}

// peek returns the oldest message that no step has asked for.
func (w *witness) peek() (subject.Message, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.messages) == 0 {
		return subject.Message{}, false
	}
	return w.messages[0], true
}

func (w *witness) pop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.messages = w.messages[1:]
}

// id returns the next packet identifier.
func (w *witness) id() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nextID++
	return w.nextID
}

// end closes the connection and waits for the goroutine.
func (w *witness) end() {
	w.conn.Close()
	<-w.done
}

// ask sends a packet for the witness and waits for its acknowledgement, if that has a type. Over TCP it
// then waits until the broker has done what was asked, too: a broker may acknowledge a message before it
// passes it on. It answers a connection's packets in turn, so that a PINGRESP tells.
func (p *player) ask(st *scenarios.Step, q wire.Packet, ack wire.Type) error {
	err := p.exchange(st, q, ack)
	if err == nil && p.w.addr != "" && q.Type() != wire.DISCONNECT {
		err = p.exchange(st, &wire.Pingreq{}, wire.PINGRESP)
	}
	if err != nil {
		return err
	}
	return p.controlled(st, nil)
}

// exchange sends a packet for the witness and waits for one acknowledgement of a type more; of none if that
// is 0.
func (p *player) exchange(st *scenarios.Step, q wire.Packet, ack wire.Type) error {
	w := p.wit
	w.mu.Lock()
	want := w.acks[ack] + 1
	w.mu.Unlock()
	if _, err := w.conn.Write(q.Append(nil)); err != nil {
		return p.setup(st, "the witness cannot send: %v", err)
	}
	if ack == 0 {
		return nil
	}
	return p.await(st, func() (bool, error) {
		if err := w.err(); err != nil {
			return false, p.setup(st, "the witness: %v", err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.acks[ack] >= want, nil
	}, func() error { return p.setup(st, "the broker sent the witness no %s", ack) })
}

func (p *player) witnessConnect(st *scenarios.Step) error {
	id, _ := st.Args.String("client_id")
	clean, _ := st.Args.Bool("clean_session")
	if p.wit != nil {
		p.wit.end()
	}
	conn, err := p.w.witness(context.Background())
	if err != nil {
		return p.setup(st, "the witness cannot connect: %v", err)
	}
	p.wit = newWitness(conn, p.w.link.Wake)
	c := wire.New(wire.CONNECT).(*wire.Connect)
	for name, v := range map[string]any{"client_id": id, "clean_session": clean} {
		if err := wire.Set(c, name, v); err != nil {
			return p.setup(st, "%v", err)
		}
	}
	return p.ask(st, c, wire.CONNACK)
}

func (p *player) witnessSubscribe(st *scenarios.Step) error {
	filter, _ := st.Args.String("filter")
	qos, _ := st.Args.Int("qos")
	return p.ask(st, &wire.Subscribe{
		PacketID: uint16(p.wit.id()), Filters: []wire.Subscription{{Filter: filter, QoS: qos}},
	}, wire.SUBACK)
}

func (p *player) witnessPublish(st *scenarios.Step) error {
	m := message(st.Args)
	q := &wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: byte(m.QoS), Retain: m.Retain}
	var ack wire.Type
	if m.QoS > 0 {
		q.PacketID = uint16(p.wit.id())
		ack = wire.PUBACK
	}
	return p.ask(st, q, ack)
}

// witnessExpect waits for the witness's next message, which must be this one.
func (p *player) witnessExpect(st *scenarios.Step) error {
	want := describeArgs("message", st.Args)
	err := p.await(st, func() (bool, error) {
		m, ok := p.wit.peek()
		if err := p.wit.err(); !ok && err != nil {
			return false, p.setup(st, "the witness: %v", err)
		}
		if !ok {
			return false, nil
		}
		if f, w, g := differs(m, st.Args); f != "" {
			return false, p.wanted(st, want, fmt.Sprintf("%s=%v (want %v)", f, g, w), "the witness got another message")
		}
		p.wit.pop()
		return true, nil
	}, func() error { return p.wanted(st, want, "nothing", "the witness did not get it in time") })
	if err != nil {
		return err
	}
	return p.stepped(st, p.w.link.Now())
}

func (p *player) witnessDisconnect(st *scenarios.Step) error {
	if p.wit == nil {
		return p.setup(st, "the witness is not connected")
	}
	return p.ask(st, &wire.Disconnect{}, 0)
}
