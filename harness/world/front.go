package world

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"

	"umqtt/harness/capture"
	"umqtt/harness/simnet"
	"umqtt/harness/transport"
)

// front makes the server of the transport, if there is one.
func (w *World) front(c Config) {
	if c.Transport == "" || c.Transport == transport.TCP {
		return
	}
	note := w.Recorder.Event
	if w.simulated {
		note = w.notes.add
	}
	w.Front = transport.NewServer(c.Transport, transport.Local(), note)
	w.Target = w.Front.Target()
}

// writeCA writes the certificate of a TLS server's authority to a file, which closePeer removes. An error leaves no file.
func (w *World) writeCA(c Config) error {
	if c.Transport != transport.TLS {
		return nil
	}
	f, err := os.CreateTemp("", "mqttconform-ca-*.pem")
	if err != nil {
		return fmt.Errorf("world: %w", err)
	}
	_, err = f.Write(w.Target.CA)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("world: %w", err)
	}
	w.Target.CAFile = f.Name()
	w.closePeer = func() { os.Remove(f.Name()) }
	return nil
}

// notes are what the server of the simulated world's transport has to say, until the link records it. The server says
// it while others run: recorded at once, it would stand now before and now behind what they do.
type notes struct {
	mu   sync.Mutex // never held while waiting for anything
	list []note
	wake func()
}

type note struct {
	conn int
	text string
}

func (n *notes) add(conn int, text string) {
	n.mu.Lock()
	n.list = append(n.list, note{conn, text})
	n.mu.Unlock()
	n.wake()
}

// record records the notes, those of one connection in their order.
func (n *notes) record(r *capture.Recorder) {
	n.mu.Lock()
	list := n.list
	n.list = nil
	n.mu.Unlock()
	slices.SortStableFunc(list, func(a, b note) int { return cmp.Compare(a.conn, b.conn) })
	for _, note := range list {
		r.Event(note.conn, note.text)
	}
}

// bufferedBelow bounds what the subject has written, of the simulated world's transport, and nobody has read.
const bufferedBelow = 64 << 10

// unjoin ends the connections of the simulated world's transport.
func (w *World) unjoin() {
	for _, f := range w.fronts {
		f.Reset()
	}
	w.joined.Wait()
}

// Dial opens a connection of the subject: of what [World.Target] has over MQTT, nothing is spoken on it yet.
func (w *World) Dial(ctx context.Context) (net.Conn, error) {
	if w.Front == nil || !w.simulated { // the proxy of the real world has the transport
		return w.Link.Dial(ctx)
	}
	w.dialing <- struct{}{}
	defer func() { <-w.dialing }()
	inner, err := w.Link.Dial(ctx)
	if err != nil {
		return nil, err
	}
	outer, raw := simnet.Pipe(0)
	outer.SetWriteBuffer(bufferedBelow)
	front := w.Front.Accept(w.Link.Conns(), raw)
	w.fronts = append(w.fronts, front)
	w.joined.Go(func() { transport.Join(inner.(*simnet.Conn), front) })
	return outer, nil
}
