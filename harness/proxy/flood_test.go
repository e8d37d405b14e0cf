package proxy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// A subject that sends without end, and without letting time pass, is stopped like one whose peer reads no
// more, and the link's error says what it did. The end of the world ends its call.
func TestEndlessSender(t *testing.T) {
	for _, tt := range []struct {
		name   string
		packet []byte
		want   string
	}{
		{"bytes", (&wire.Publish{Topic: "t", Payload: make([]byte, 100_000)}).Append(nil), "the subject sends without end: more than 16777216 bytes without letting time pass"},
		{"packets", bytes.Repeat(ping, 500), "the subject sends without end: more than 100000 packets without letting time pass"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onStage(t, nil, func(s *stage) {
				a, err := s.Dial(s.t.Context())
				if err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() {
					for {
						if _, err := a.Write(tt.packet); err != nil {
							ended <- err
							return
						}
					}
				}()
				if !s.Await(func() bool { return s.Err() != nil }, time.Minute) || s.Now() != 0 {
					t.Errorf("nothing is wrong after %v", s.Now())
				}
				if err := s.Err(); !errors.Is(err, ErrFlood) || err.Error() != tt.want {
					t.Errorf("Err = %v, want %s", err, tt.want)
				}
				s.step()
				if s.step(); len(ended) > 0 {
					t.Errorf("the write has ended: %v", <-ended)
				}
				s.Close()
				synctest.Wait()
				if err := <-ended; !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("the write ended with %v, want ECONNRESET", err)
				}
			})
		})
	}
}

// The bounds are reached exactly, over all connections of the subject, and anew at each instant. What a
// bystander and the peer send does not count.
func TestFloodBounds(t *testing.T) {
	for _, tt := range []struct {
		name   string
		bounds floodBounds
		play   func(s *stage, a, b, peer net.Conn)
		want   bool
	}{
		{"as many bytes as may be", floodBounds{6, 99, 99}, func(_ *stage, a, b, _ net.Conn) {
			a.Write(pubackBytes)
			b.Write(ping)
		}, false},
		{"one byte more", floodBounds{5, 99, 99}, func(_ *stage, a, b, _ net.Conn) {
			a.Write(pubackBytes)
			b.Write(ping)
		}, true},
		{"as many packets as may be", floodBounds{99, 3, 99}, func(_ *stage, a, b, _ net.Conn) {
			a.Write(append(pubackBytes, ping...))
			b.Write(ping)
		}, false},
		{"one packet more", floodBounds{99, 2, 99}, func(_ *stage, a, b, _ net.Conn) {
			a.Write(append(pubackBytes, ping...))
			b.Write(ping)
		}, true},
		{"in two steps of one instant", floodBounds{3, 99, 99}, func(s *stage, a, _, _ net.Conn) {
			a.Write(ping)
			s.step()
			a.Write(ping)
		}, true},
		{"at two instants", floodBounds{2, 1, 4}, func(s *stage, a, _, _ net.Conn) {
			a.Write(ping)
			s.Await(func() bool { return false }, time.Second)
			a.Write(ping)
		}, false},
		{"too much in all", floodBounds{2, 1, 3}, func(s *stage, a, _, _ net.Conn) {
			a.Write(ping)
			s.Await(func() bool { return false }, time.Second)
			a.Write(ping)
		}, true},
		{"on a connection that was cut", floodBounds{1, 99, 99}, func(s *stage, a, _, _ net.Conn) {
			s.Cut(1, fault.FIN)
			a.Write(ping)
		}, true},
		{"part of a packet", floodBounds{5, 99, 99}, func(_ *stage, a, _, _ net.Conn) { a.Write([]byte{0x30, 0xff, 0xff, 0xff, 0x7f, 1}) }, true},
		{"by the peer", floodBounds{1, 1, 1}, func(_ *stage, _, _, peer net.Conn) { peer.Write(append(ping, ping...)) }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onStage(t, nil, func(s *stage) {
				a, peer := s.dial()
				b, _ := s.dial()
				own, _ := s.bystander()
				s.flood.bounds = tt.bounds
				own.Write(bytes.Repeat(ping, 10))
				tt.play(s, a, b, peer)
				s.Await(func() bool { return false }, 0)
				if got := errors.Is(s.Err(), ErrFlood); got != tt.want {
					t.Errorf("it is a flood: %t (%v), want %t", got, s.Err(), tt.want)
				}
			})
		})
	}
}

var pubackBytes = []byte{0x40, 2, 0, 1}[:4:4]

// The bound in all is 32 MiB.
func TestSentBound(t *testing.T) {
	b := newBench()
	n := b.dial(true)
	b.flood.sent = 32<<20 - 2
	b.bytes(n, wire.ToServer, ping...)
	if err := b.Err(); err != nil || b.kicks != 0 {
		t.Errorf("%v, %d kicks: too early", err, b.kicks)
	}
	b.bytes(n, wire.ToServer, 0)
	const want = "the subject sends without end: more than 33554432 bytes in all"
	if err := b.Err(); !errors.Is(err, ErrFlood) || err.Error() != want || b.kicks != 1 {
		t.Errorf("%v, %d kicks, want %s", err, b.kicks, want)
	}
}

// A bystander has no bound, and is still read when the subject is not.
func TestFloodSparesBystanders(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		s.flood.bounds.instantBytes = 1
		own, _ := s.bystander()
		a, err := s.Dial(s.t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var written atomic.Int64
		go func() {
			for range 2 {
				n, _ := a.Write(ping)
				written.Add(int64(n))
			}
		}()
		s.Await(func() bool { return s.Err() != nil }, time.Second)
		s.quietInAnyOrder()
		s.write(own, 0xc0, 0, 0x40, 2, 0, 1)
		s.quiet("peer 1: c0 00", "peer 1: 40 02 00 01")
		if n := written.Load(); n > 4 {
			t.Errorf("the subject has written %d bytes", n)
		}
	})
}

// Over TCP the subject is not read any more, and its connection stays open.
func TestFloodOverTCP(t *testing.T) {
	p, c := overTCP(t, Config{})
	p.mu.Lock()
	p.flood.bounds.sentBytes = 1000
	p.mu.Unlock()
	ended := make(chan error, 1)
	go func() {
		for {
			if _, err := c.Write(ping); err != nil {
				ended <- err
				return
			}
		}
	}()
	if !p.Await(func() bool { return p.Err() != nil }, 10*time.Second) || !errors.Is(p.Err(), ErrFlood) {
		t.Fatalf("Err = %v, want ErrFlood", p.Err())
	}
	if p.Ended(1) || len(p.Open()) != 1 {
		t.Error("the connection has ended")
	}
	p.mu.Lock()
	sent := p.flood.sent
	p.mu.Unlock()
	if most := 1000 + 4096; sent > most {
		t.Errorf("%d bytes were read, want at most %d", sent, most)
	}
	p.Close()
	if err := <-ended; err == nil {
		t.Error("the write did not end")
	}
}

// A flood of the subject does not keep what its peer sends from it.
func TestFloodOverTCPIsOfOneDirection(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	p, c := overTCP(t, Config{Peer: func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", ln.Addr().String())
	}})
	peer, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	p.mu.Lock()
	p.flood.bounds.sentBytes = 3
	p.mu.Unlock()
	c.Write(append(ping, ping...))
	if !p.Await(func() bool { return p.Err() != nil }, 10*time.Second) || !errors.Is(p.Err(), ErrFlood) {
		t.Fatalf("Err = %v, want ErrFlood", p.Err())
	}
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	for range 3 {
		peer.Write([]byte{0xd0, 0})
		if _, err := io.ReadFull(c, make([]byte, 2)); err != nil {
			t.Fatal(err)
		}
	}
}
