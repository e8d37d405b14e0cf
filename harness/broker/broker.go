package broker

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
)

// Broker is a running broker. Start makes one.
type Broker struct {
	server     *mqtt.Server
	listener   net.Listener
	access     *access
	unfinished budget // the bytes of packets that have not arrived

	stop       sync.Once
	goroutines sync.WaitGroup // the accept loop and a handler per connection

	mu       sync.Mutex
	conns    []net.Conn // whose handlers run, in the order of their arrival
	stopping bool
	err      error
}

// Start runs a broker on the connections that l accepts, and owns l from then
// on. The error, for a mochi that cannot be set up, leaves l closed.
func Start(l net.Listener) (*Broker, error) {
	return start(l, new(idTranslation), new(queueOrder))
}

// start is Start with other hooks than those that mend mochi.
func start(l net.Listener, hooks ...mqtt.Hook) (*Broker, error) {
	b := &Broker{server: mqtt.New(options()), listener: l, access: new(access), unfinished: budget{left: maxGated}}
	for _, h := range append(hooks, &takeover{server: b.server}, b.access) {
		if err := b.server.AddHook(h, nil); err != nil {
			_ = l.Close()
			return nil, fmt.Errorf("broker: %w", err)
		}
	}
	// Mochi is not told of the listener. Its own accept loop loses track of
	// connections that have not finished their CONNECT, and its Close waits for
	// them; with a loop of ours Stop knows every connection and its handler.
	// Its Serve is not called either. What that adds is a loop that looks every
	// second for what has expired, which nothing does here, and the $SYS topics.
	b.goroutines.Add(1)
	go b.accept()
	return b, nil
}

// options are mochi's settings; see the package comment.
func options() *mqtt.Options {
	c := mqtt.NewDefaultServerCapabilities()
	c.MaximumMessageExpiryInterval = 0 // the default drops messages in flight after a day
	c.MaximumClientWritesPending = 64  // the default allocates room for 8192 per connection
	c.MinimumProtocolVersion = 4
	c.MaximumPacketSize = MaxPacket
	return &mqtt.Options{
		Capabilities:           c,
		Logger:                 slog.New(slog.DiscardHandler),
		SysTopicResendInterval: 1 << 30, // seconds: 34 years, and no overflow as a time.Duration
	}
}

// accept hands each connection to a goroutine of its own until the listener
// fails, which it does when Stop closes it.
func (b *Broker) accept() {
	defer b.goroutines.Done()
	for {
		c, err := b.listener.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				b.fail(fmt.Errorf("broker: %w", err))
			}
			return
		}
		if !b.add(c) {
			_ = c.Close()
			continue
		}
		go b.handle(c)
	}
}

// add registers a connection and its handler, unless the broker is stopping or full.
func (b *Broker) add(c net.Conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopping || len(b.conns) == MaxConns {
		return false
	}
	b.conns = append(b.conns, c)
	b.goroutines.Add(1)
	return true
}

// handle serves one connection to its end. How it ended is of no interest: the
// client has seen it.
func (b *Broker) handle(c net.Conn) {
	defer b.goroutines.Done()
	defer func() {
		if p := recover(); p != nil {
			b.fail(fmt.Errorf("broker: mochi panicked: %v\n%s", p, debug.Stack()))
		}
		_ = c.Close()
		b.mu.Lock()
		defer b.mu.Unlock()
		i := slices.Index(b.conns, c)
		b.conns = slices.Delete(b.conns, i, i+1)
	}()
	_ = c.SetReadDeadline(time.Now().Add(OpenTimeout)) // mochi sets another one behind the CONNECT
	g := newGate(c, &b.unfinished)
	defer g.end()
	defer close(g.over)
	_ = b.server.EstablishConnection("broker", g)
}

// fail keeps the first error for Err.
func (b *Broker) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
}

// Err returns the first thing that went wrong in the broker rather than in a
// client, nil if nothing did: the listener failed, or mochi panicked while it
// served a connection, which ends that connection only.
func (b *Broker) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Stop ends every connection, waits until mochi is done with each, and stops
// mochi. What clients see is the end of their connection and nothing more: no
// DISCONNECT, and no will of a connection that Stop has ended. A second call
// waits for the first and does nothing.
func (b *Broker) Stop() {
	b.stop.Do(func() {
		b.access.closed.Store(true)
		_ = b.listener.Close() // may have been closed before
		b.mu.Lock()
		b.stopping = true
		conns := slices.Clone(b.conns)
		b.mu.Unlock()
		for _, c := range conns {
			_ = c.Close() // its handler may have closed it
		}
		b.goroutines.Wait()
		// Nobody connects or leaves any more. That is what mochi's Close needs:
		// it takes a lock twice, and deadlocks when a client leaves in between.
		_ = b.server.Close()
	})
}
