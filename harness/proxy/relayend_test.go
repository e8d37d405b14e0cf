package proxy

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// A connection ends for both as it has ended for one, and is forgotten when both directions have ended.
func TestRelayedEnds(t *testing.T) {
	part := []byte{0x30, 9}
	for _, tt := range []struct {
		name           string
		play           func(s *span)
		client, server []string
		open, closed   int
		recorded       []string
	}{
		{"FIN of the client", func(s *span) {
			s.sends(s.client, ping...)
			s.client.CloseWrite()
			synctest.Wait()
			s.sends(s.server, 0xd0, 0)
		}, []string{"0s d0 00"}, []string{"0s c0 00", "0s FIN"}, 1, 0, []string{"> PINGREQ", "> FIN"}},
		{"FIN of both", func(s *span) {
			s.client.CloseWrite()
			synctest.Wait()
			s.server.CloseWrite()
		}, []string{"0s FIN"}, []string{"0s FIN"}, 0, 1, []string{"> FIN"}},
		{"FIN of the server", func(s *span) {
			s.server.CloseWrite()
			synctest.Wait()
			s.sends(s.client, ping...)
		}, []string{"0s FIN"}, []string{"0s c0 00"}, 1, 0, []string{"< FIN", "> PINGREQ"}},
		{"FIN behind a part of a packet", func(s *span) {
			s.sends(s.client, part...)
			s.client.CloseWrite()
			synctest.Wait()
			s.sends(s.server, part...)
			s.server.CloseWrite()
		}, []string{"0s 30 09", "0s FIN"}, []string{"0s 30 09", "0s FIN"}, 0, 1, []string{"> raw 2B", "> FIN"}},
		{"RST of the client", func(s *span) { s.client.Reset() }, []string{"0s RST"}, []string{"0s RST"}, 0, 1, []string{"> RST"}},
		{"RST of the server", func(s *span) { s.server.Reset() }, []string{"0s RST"}, []string{"0s RST"}, 0, 1, []string{"< RST"}},
		{"RST of the client, which had ended", func(s *span) {
			s.client.CloseWrite()
			synctest.Wait()
			s.client.Reset()
			synctest.Wait()
			s.sends(s.server, 0xd0, 0)
			s.server.CloseWrite()
		}, []string{"0s d0 00", "0s FIN"}, []string{"0s FIN"}, 0, 1, []string{"> FIN"}},
		{"Cut with RST", func(s *span) { s.Cut(0, fault.RST) }, []string{"0s RST"}, []string{"0s RST"}, 0, 1, []string{"* fault cut rst", "< RST"}},
		{"Cut with FIN", func(s *span) {
			s.Cut(0, fault.FIN)
			synctest.Wait()
			s.client.Write(ping)
			s.client.Close()
			s.server.Close()
		}, []string{"0s FIN"}, []string{"0s FIN"}, 0, 1, []string{"* fault cut fin", "< FIN", "> PINGREQ", "> FIN"}},
		{"Cut with FIN, and the ends stay", func(s *span) {
			s.Cut(0, fault.FIN)
			time.Sleep(29 * time.Second)
			s.open(1)
			time.Sleep(2 * time.Second)
		}, []string{"0s FIN"}, []string{"0s FIN"}, 0, 1, []string{"* fault cut fin", "< FIN"}},
		{"Cut of a half", func(s *span) {
			s.Cut(0, fault.HalfClose)
			synctest.Wait() // the directions are recorded side by side
			s.sends(s.client, ping...)
		}, []string{"0s FIN"}, []string{"0s c0 00"}, 1, 0, []string{"* fault cut half", "< FIN", "> PINGREQ"}},
		{"Cut with RST, with packets that wait", func(s *span) {
			s.Stall(0, fault.BothWays)
			s.sends(s.client, ping...)
			s.Cut(0, fault.RST)
		}, []string{"0s RST"}, []string{"0s RST"}, 0, 1, []string{"* fault stall both", "> PINGREQ", "* fault cut rst", "< RST"}},
		{"FIN behind what is delayed", func(s *span) {
			s.Add(fault.Rule{Match: fault.Match{Type: wire.PINGREQ}, Action: fault.Delay{By: time.Second}})
			s.sends(s.client, ping...)
			s.client.CloseWrite()
			s.did("server")
			time.Sleep(2 * time.Second)
		}, nil, []string{"1s c0 00", "1s FIN"}, 1, 0, []string{"> PINGREQ", "* fault delay > PINGREQ", "> FIN"}},
		{"FIN behind what a rule keeps for the next packet", func(s *span) {
			s.Add(fault.Rule{Match: fault.Match{Type: wire.PINGREQ}, Action: fault.Swap{}})
			s.sends(s.client, ping...)
			s.did("server")
			s.client.CloseWrite()
		}, nil, []string{"0s c0 00", "0s FIN"}, 1, 0, nil},
		{"a packet that is too long", func(s *span) { s.sends(s.client, 0x30, 0xff, 0xff, 0xff, 0x7f) }, []string{"0s RST"}, []string{"0s RST"}, 0, 1,
			[]string{"* a packet is longer than the proxy takes", "< RST", "> raw 5B"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spanned(t, Options{}, func(s *span) {
				tt.play(s)
				synctest.Wait()
				if tt.recorded != nil {
					s.recorded(tt.closed, tt.recorded...)
				}
				s.did("client", tt.client...)
				s.did("server", tt.server...)
				s.open(tt.open)
				if n := s.counts.buffered.Load(); tt.open == 0 && n != 0 {
					t.Errorf("%d bytes are counted of a connection that is over", n)
				}
				if tt.open > 0 {
					return
				}
				if err := s.Cut(1, fault.RST); !errors.Is(err, ErrNoConn) {
					t.Errorf("Cut of a connection that is over: %v", err)
				}
				s.did("client")
				buf := make([]byte, 100)
				for _, end := range []*simnet.Conn{s.client, s.server} {
					var err error
					for err == nil {
						_, err = end.TryRead(buf)
					}
					if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, net.ErrClosed) {
						t.Errorf("an end reads %v", err)
					}
				}
			})
		})
	}
}
