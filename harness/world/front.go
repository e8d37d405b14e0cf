package world

import (
	"context"
	"net"
	"os"

	"umqtt/harness/simnet"
	"umqtt/harness/transport"
)

// front makes the server of the transport, if there is one, and in the real world the file with its authority.
func (w *World) front(c Config) error {
	if c.Transport == "" || c.Transport == transport.TCP {
		return nil
	}
	authority, err := transport.Local()
	if err != nil {
		return err
	}
	w.Front = transport.NewServer(c.Transport, authority, w.Recorder.Event)
	w.Target = w.Front.Target()
	if w.simulated || c.Transport != transport.TLS {
		return nil
	}
	f, err := os.CreateTemp("", "mqttconform-ca-*.pem")
	if err != nil {
		return err
	}
	_, err = f.Write(w.Target.CA)
	if closed := f.Close(); err == nil {
		err = closed
	}
	w.Target.CAFile = f.Name()
	w.closePeer = func() { os.Remove(f.Name()) }
	return err
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
