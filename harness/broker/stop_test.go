package broker

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/harness/simnet"
)

// withWills connects four clients each of which would see the others' wills.
func withWills(w *world) []*client {
	var clients []*client
	for _, id := range []string{"61 61", "61 62", "61 63", "61 64"} {
		c := w.dial("10 14 00 04 4d 51 54 54 04 06 00 3c 00 02 "+id+" 00 01 77 00 01 78", // will "w": "x"
			"82 06 00 01 00 01 77 01") // SUBSCRIBE "w"
		c.want(connackNew, "90 03 00 01 01")
		clients = append(clients, c)
	}
	return clients
}

// awkward are the states in which Stop finds its connections.
var awkward = []struct {
	name string
	make func(w *world)
}{
	{"no connection", func(*world) {}},
	{"connection without a byte", func(w *world) { w.dial() }},
	{"half a CONNECT", func(w *world) { w.dial("10 0e 00 04 4d 51") }},
	{"the first byte of a CONNECT", func(w *world) { w.dial("10") }},
	{"CONNECT, nothing read", func(w *world) { w.dial(connectC1Clean) }},
	{"idle", func(w *world) { w.dial(connectC1Clean).want(connackNew) }},
	{"half a PUBLISH", func(w *world) { w.dial(connectC1Clean, "30 40 00 01 74").want(connackNew) }},
	{"not MQTT", func(w *world) { w.dial("47 45 54 20 2f 0d 0a 0d 0a").wantEnd() }},
	{"absent session", func(w *world) {
		c := w.dial(connectC1Keep)
		c.want(connackNew)
		c.leave(w)
	}},
	{"the later of two left", func(w *world) {
		w.dial(connectC1Clean).want(connackNew)
		c := w.dial(connectC2Clean)
		c.want(connackNew)
		c.send(disconnect)
		c.wantEnd()
		w.settle()
	}},
	{"client half-closed", func(w *world) {
		c := w.dial(connectC1Clean)
		c.want(connackNew)
		_ = c.Conn.(interface{ CloseWrite() error }).CloseWrite()
	}},
	{"client just left", func(w *world) {
		c := w.dial(connectC1Clean)
		c.want(connackNew)
		_ = c.Close()
	}},
	{"clients leave meanwhile", func(w *world) {
		for _, c := range withWills(w) {
			go c.Close()
		}
	}},
	{"clients come meanwhile", func(w *world) {
		for range 4 {
			go func() {
				if c, err := w.n.dial(w.l); err == nil {
					_, _ = c.Write([]byte{0x10})
					_ = c.Close()
				}
			}()
		}
	}},
	{"a session is taken over", func(w *world) {
		w.dial(connectC1Keep).want(connackNew)
		w.dial(connectC1Keep).want(connackPresent)
		w.dial(connectC1Clean)
	}},
	{"messages under way", func(w *world) {
		for _, connect := range []string{connectC1Clean, connectC2Clean} {
			c := w.dial(connect, "82 06 00 01 00 01 74 02")
			for range 20 {
				c.send("34 05 00 01 74 00 01", "32 05 00 01 74 00 02", "30 03 00 01 74")
			}
		}
	}},
	{"listener closed before", func(w *world) {
		w.dial(connectC1Clean).want(connackNew)
		_ = w.l.Close()
	}},
	{"stopped by others", func(w *world) {
		w.dial(connectC1Clean).want(connackNew)
		go w.Stop()
		go w.Stop()
	}},
}

// Stop returns, whatever the state, and with it every goroutine of the broker.
func TestStop(t *testing.T) {
	for _, tt := range awkward {
		t.Run(tt.name+"/simnet", func(t *testing.T) {
			for range 50 { // a bubble does not end before its last goroutine does
				synctest.Test(t, func(t *testing.T) {
					w := begin(t, sim)
					tt.make(w)
					begin := time.Now()
					w.end()
					if d := time.Since(begin); d != 0 {
						t.Errorf("Stop waited %v", d)
					}
				})
			}
		})
		t.Run(tt.name+"/tcp", func(t *testing.T) {
			before := runtime.NumGoroutine()
			for range 20 {
				t.Run("", func(t *testing.T) {
					w := begin(t, tcp)
					tt.make(w)
					done := make(chan struct{})
					go func() {
						w.Stop()
						close(done)
					}()
					select {
					case <-done:
					case <-time.After(20 * time.Second):
						buf := make([]byte, 1<<20)
						t.Fatalf("Stop hangs\n%s", buf[:runtime.Stack(buf, true)])
					}
				})
			}
			for start := time.Now(); runtime.NumGoroutine() > before; runtime.Gosched() {
				if time.Since(start) > 10*time.Second {
					buf := make([]byte, 1<<20)
					t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
				}
			}
		})
	}
}

// A client that does not read, with a bounded buffer, keeps mochi in a write
// under a lock. Stop ends that too.
func TestStopWhileWriting(t *testing.T) {
	l := simnet.Listen("broker", 64)
	w := begin(t, network{
		listen: func(*testing.T) net.Listener { return l },
		dial:   sim.dial,
	})
	reader := w.dial(connectC1Clean, "82 06 00 01 00 01 74 00")
	reader.want(connackNew, "90 03 00 01 00")
	stuck := make(chan struct{}, 1)
	reader.Conn.(*simnet.Conn).OnReadable(func() {
		select {
		case stuck <- struct{}{}:
		default:
		}
	})
	writer := w.dial(connectC2Clean)
	writer.want(connackNew)
	writer.send("30 7f 00 01 74" + strings.Repeat(" 78", 124))
	<-stuck // the first bytes are there, the rest has no room
	w.Stop()
	if _, err := io.ReadAll(reader); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Error(err)
	}
}

// What a client sees of Stop is the end of its connection: no DISCONNECT, which
// a 3.1.1 server does not send, and nobody's will, even if mochi has all the time
// to publish it before Stop comes to the next connection.
func TestStopIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := simnet.Listen("broker", 0)
		w := begin(t, network{
			listen: func(*testing.T) net.Listener { return slowToClose{l} },
			dial:   func(net.Listener) (net.Conn, error) { return sim.dial(l) },
			bubble: true,
		})
		clients := withWills(w)
		w.Stop()
		for _, c := range clients {
			c.wantEnd()
		}
	})
}

// slowToClose accepts connections whose Close takes its time to return.
type slowToClose struct{ net.Listener }

func (l slowToClose) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return slowConn{c}, err
}

type slowConn struct{ net.Conn }

func (c slowConn) Close() error {
	defer time.Sleep(time.Millisecond)
	return c.Conn.Close()
}

// Once stopped, a broker accepts nobody and can be stopped again.
func TestStopped(t *testing.T) {
	overBoth(t, func(t *testing.T, n network) {
		w := begin(t, n)
		w.Stop()
		if _, err := n.dial(w.l); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("dialling gave %v", err)
		}
		var again sync.WaitGroup
		for range 3 {
			again.Go(w.Stop)
		}
		again.Wait()
	})
}

// A connection that is accepted while Stop is under way is closed at once.
func TestAcceptedTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := &lateListener{Listener: simnet.Listen("broker", 0), closed: make(chan struct{})}
		b, err := Start(late)
		if err != nil {
			t.Fatal(err)
		}
		b.Stop()
		if _, err := late.client.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the late connection reads %v", err)
		}
	})
}

// lateListener accepts one connection after it was closed.
type lateListener struct {
	*simnet.Listener
	closed chan struct{}
	client *simnet.Conn
}

func (l *lateListener) Accept() (net.Conn, error) {
	<-l.closed
	if l.client != nil {
		return nil, net.ErrClosed
	}
	c, s := simnet.Pipe(0)
	l.client = c
	return s, nil
}

func (l *lateListener) Close() error {
	select {
	case <-l.closed:
	default:
		// Let Stop go on to where it refuses newcomers before Accept returns.
		time.AfterFunc(time.Second, func() { close(l.closed) })
	}
	return l.Listener.Close()
}

// Err tells of a listener that fails, and not of one that was closed.
func TestErr(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := Start(failing{simnet.Listen("broker", 0)})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := b.Err(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Err gave %v", err)
		}
		b.Stop()
	})
}

type failing struct{ *simnet.Listener }

func (failing) Accept() (net.Conn, error) { return nil, os.ErrDeadlineExceeded }

// A panic while mochi serves a connection ends that connection only, and Err
// tells of it.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := simnet.Listen("broker", 0)
		b, err := start(l, new(panicOnPublish))
		if err != nil {
			t.Fatal(err)
		}
		w := &world{b, t, sim, l}
		other := w.dial(connectC2Clean)
		other.want(connackNew)
		c := w.dial(connectC1Clean, "30 03 00 01 74")
		c.want(connackNew)
		c.wantEnd()
		other.wantSilence()
		b.Stop()
		if err := b.Err(); err == nil {
			t.Error("Err gave nil")
		}
	})
}
