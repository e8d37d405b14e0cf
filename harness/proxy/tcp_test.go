package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// long is more than anything here takes.
const long = 4 * time.Second

// listenTCP starts a proxy; what cfg leaves out is filled in.
func listenTCP(t *testing.T, cfg Config) *TCP {
	t.Helper()
	cfg.Engine = fault.NewEngine(1)
	cfg.Recorder = capture.NewRecorder("test", nil)
	p, err := ListenTCP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// overTCP starts a proxy with one connection of the subject.
func overTCP(t *testing.T, cfg Config) (*TCP, net.Conn) {
	t.Helper()
	p := listenTCP(t, cfg)
	c := dialTCP(t, p.Addr())
	p.Settle()
	if n := p.Conns(); n != 1 {
		t.Fatalf("%d connections, want 1", n)
	}
	return p, c
}

// dialTCP opens a connection as a subject in another process does.
func dialTCP(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, long)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(long))
	return c
}

// wantReset checks that a connection is reset as soon as it is open. The dial may see it already.
func wantReset(t *testing.T, addr string) {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, long)
	if err == nil {
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(long))
		_, err = c.Read(make([]byte, 1))
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%v, want ECONNRESET", err)
	}
}

// listen starts a peer and returns how to dial it, and the connections that it accepts.
func listen(t *testing.T) (dial func(context.Context) (net.Conn, error), accept func() net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	dial = func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", ln.Addr().String())
	}
	return dial, func() net.Conn {
		c, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		_ = c.SetDeadline(time.Now().Add(long))
		return c
	}
}

// wantRead checks the next bytes that come, or the error that comes instead.
func wantRead(t *testing.T, c io.Reader, want []byte, wantErr error) {
	t.Helper()
	buf := make([]byte, max(len(want), 1))
	n, err := io.ReadFull(c, buf)
	if diff := cmp.Diff(want, buf[:n:n]); wantErr == nil && diff != "" || !errors.Is(err, wantErr) {
		t.Errorf("read % x, %v; want % x, %v", buf[:n], err, want, wantErr)
	}
}

// A packet that is due very soon is not forgotten: no moment between the look at the clock and the wait
// for it is missed. It is tried with many, as the moment is short.
func TestSoonDue(t *testing.T) {
	p, c := overTCP(t, Config{})
	p.Arm(fault.Rule{Match: fault.Match{Dirs: fault.ToClient}, Action: fault.Delay{By: 2 * time.Microsecond}})
	packet := (&wire.Puback{PacketID: 1}).Append(nil)
	for i := range 20_000 {
		if err := p.Send(1, packet); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.ReadFull(c, make([]byte, len(packet))); err != nil {
			t.Fatalf("packet %d: %v", i+1, err)
		}
	}
}

// Await ends with the limit, or when done reports true; a Wake makes it look, and none is lost.
func TestTCPAwait(t *testing.T) {
	p := listenTCP(t, Config{})
	start := time.Now()
	if p.Await(func() bool { return false }, 20*time.Millisecond) {
		t.Error("Await is true and done is not")
	}
	if took := time.Since(start); took < 20*time.Millisecond || took > long/2 {
		t.Errorf("it took %v, want 20ms", took)
	}
	asked := 0
	if p.Wake(); !p.Await(func() bool { asked++; return asked == 2 }, long) {
		t.Error("the Wake was lost")
	}
	p.Wake()
	p.Wake() // no waiter: it does not block
	if asked = 0; !p.Await(func() bool { asked++; return true }, 0) || asked != 1 {
		t.Errorf("asked %d times, want 1", asked)
	}
	asked = 0
	<-p.wake
	if !p.Await(func() bool { asked++; return asked == 2 }, time.Millisecond) {
		t.Error("at the limit done was not asked")
	}
	if now := p.Now(); now < 20*time.Millisecond || now > time.Since(start)+long {
		t.Errorf("Now = %v", now)
	}
}

// A connection, a packet, an end: each makes Await look again.
func TestTCPWakes(t *testing.T) {
	dial, accept := listen(t)
	p := listenTCP(t, Config{Peer: dial})
	start := time.Now()
	c := dialTCP(t, p.Addr())
	peer := accept()
	await := func(what string, done func() bool) {
		t.Helper()
		if !p.Await(done, long) {
			t.Fatalf("not seen: %s", what)
		}
	}
	await("the connection", func() bool { return p.Conns() == 1 })
	c.Write(ping)
	await("what the subject sent", func() bool { return p.cfg.Recorder.Len() == 1 })
	peer.Write(pong)
	await("what the peer sent", func() bool { return p.cfg.Recorder.Len() == 2 })
	peer.(*net.TCPConn).CloseWrite()
	await("the end of the peer", func() bool { return p.Ended(1) })
	c.(*net.TCPConn).CloseWrite()
	await("the end of the subject", func() bool { return len(p.Open()) == 0 })
	wantRead(t, peer, ping, nil)
	wantRead(t, peer, nil, io.EOF)
	wantRead(t, c, pong, nil)
	wantRead(t, c, nil, io.EOF)
	if took := time.Since(start); took > long/2 {
		t.Errorf("it took %v", took)
	}
	if diff := cmp.Diff([]string{"1 > c0 00", "1 < d0 00", "1 < FIN", "1 > FIN"}, lines(p.cfg.Recorder)); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

// A cut of one end reaches both, closes the proxy's sockets, and leaves no pump behind.
func TestPumpsEnd(t *testing.T) {
	for _, how := range []fault.Ending{fault.FIN, fault.RST} {
		t.Run(how.String(), func(t *testing.T) {
			dial, accept := listen(t)
			p, c := overTCP(t, Config{Peer: dial})
			peer := accept()
			var pumps sync.WaitGroup
			n := p.conns[0]
			pumps.Go(func() { p.write(n, wire.ToServer) })
			pumps.Go(func() { p.write(n, wire.ToClient) })
			if err := p.Cut(1, how); err != nil {
				t.Fatal(err)
			}
			pumps.Wait()
			want := io.EOF
			if how == fault.RST {
				want = syscall.ECONNRESET
			}
			wantRead(t, c, nil, want)
			wantRead(t, peer, nil, want)
			c.Close()
			peer.Close()
			for _, s := range []socket{n.near, n.far} {
				for i := 0; ; i++ {
					_, err := s.Write(nil)
					if errors.Is(err, net.ErrClosed) {
						break
					}
					if i > 1_000_000 {
						t.Fatal("the proxy's socket is open after both ends have closed")
					}
				}
			}
		})
	}
}

// A delay is kept, and a stalled connection moves nothing until it is healed.
func TestTCPDelayAndStall(t *testing.T) {
	dial, accept := listen(t)
	p, c := overTCP(t, Config{Peer: dial})
	peer := accept()
	p.Arm(fault.Rule{Match: fault.Match{Dirs: fault.ToServer}, Action: fault.Delay{By: 30 * time.Millisecond}})
	start := time.Now()
	c.Write(ping)
	wantRead(t, peer, ping, nil)
	if took := time.Since(start); took < 30*time.Millisecond || took > long/2 {
		t.Errorf("it took %v, want 30ms", took)
	}
	if err := p.Stall(1, fault.ToServer); err != nil {
		t.Fatal(err)
	}
	c.Write(ping)
	_ = peer.SetReadDeadline(time.Now().Add(60 * time.Millisecond))
	if n, err := peer.Read(make([]byte, 1)); n > 0 || !errors.Is(err, context.DeadlineExceeded) && !isTimeout(err) {
		t.Errorf("while stalled: %d, %v", n, err)
	}
	_ = peer.SetReadDeadline(time.Now().Add(long))
	if err := p.Heal(1); err != nil {
		t.Fatal(err)
	}
	wantRead(t, peer, ping, nil)
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}
