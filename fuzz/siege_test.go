package fuzz

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// The input is a program for a server that accepts, refuses, answers, stays silent, talks nonsense and ends connections,
// and for the caller of the robust client, which connects again by itself. Whatever it is:
//
//   - No call panics, or outlives its context by more than a write takes.
//   - There is one connection at a time. Each begins with CONNECT, and every write is a packet that a server accepts.
//   - A QoS 1 message is sent again in its session with its identifier and DUP, and behind those that were published
//     before it.
//   - A Publish at QoS 1 that succeeds was acknowledged on a connection that it was sent on.
//   - The callback gets what was sent, no message more often than it was sent, and PUBACKs are for those.
func FuzzRobust(f *testing.F) {
	for _, s := range siegeSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		watchdog := time.AfterFunc(30*time.Second, func() {
			debug.SetTraceback("all")
			panic(fmt.Sprintf("the bubble hangs on %q", input))
		})
		defer watchdog.Stop()
		synctest.Test(t, func(t *testing.T) {
			if wrong, script := besiege(input, nil); len(wrong) > 0 {
				t.Errorf("%s\nprogram:\n\t%s", strings.Join(wrong, "\n"), strings.Join(script, "\n\t"))
			}
		})
	})
}

// A siege is the server, the caller, and what both have seen.
type siege struct {
	client *robust.Client
	source *source
	tamper func(packet []byte) []byte // of the client; nil: none
	window int

	mu      sync.Mutex
	links   []*front
	refuse  int  // connections
	silent  bool // CONNECTs are not answered
	fresh   bool // the server keeps no session
	next    int  // counts messages in both directions
	begun   []string
	waiting int
	wrong   []string
	script  []string
}

// A front is one connection.
type front struct {
	server *simnet.Conn
	greets bool // a CONNACK was sent
	wrote  []wire.Packet
	sent   map[string]int    // how often the server has sent a message
	got    map[string]int    // how often the callback got it
	owed   map[uint16]int    // PUBACKs that the client may send
	ids    map[string]uint16 // of the client's messages at QoS 1
	acked  map[uint16]bool   // by the server
}

// besiege plays an input.
func besiege(input []byte, tamper func([]byte) []byte) (wrong, script []string) {
	s := &siege{source: &source{input}, tamper: tamper}
	src := s.source
	s.window = pick(src, 0, 1, 3)
	c, err := robust.New(robust.Config{
		Config: client.Config{
			ClientID: "siege", Dial: s.dial, MaxInflight: s.window,
			KeepAlive: pick(src, 0, 5*time.Second), AckTimeout: pick(src, 0, 3*time.Second), RetryAfter: pick(src, 0, 2*time.Second),
		},
		Rand: rand.New(rand.NewPCG(1, 2)),
	})
	if err != nil {
		return []string{err.Error()}, nil
	}
	s.client = c
	c.SetCallback(s.receive)
	for range 40 {
		if len(src.b) == 0 {
			break
		}
		s.step()
		synctest.Wait()
	}
	time.Sleep(longestCall)
	synctest.Wait()
	s.mu.Lock()
	if s.waiting > 0 {
		s.wrong = append(s.wrong, fmt.Sprintf("%d calls go on after their contexts have ended", s.waiting))
	}
	links := s.links
	s.mu.Unlock()
	for _, l := range links {
		l.server.Reset()
	}
	s.silent, s.refuse = false, 1<<30
	synctest.Wait()
	_ = c.Close()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wrong, s.script
}

// Each call has a context; beyond its end it may have to write a packet.
const (
	callTime    = 20 * time.Second
	longestCall = callTime + client.DefaultWriteTimeout + time.Second
)

func (s *siege) fault(format string, args ...any) {
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

// dial opens the next connection.
func (s *siege) dial(context.Context) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.links); n > 0 && s.links[n-1].server.Ended() == simnet.Open {
		s.fault("two connections are open at once")
	}
	if s.refuse > 0 {
		s.refuse--
		return nil, errors.New("refused")
	}
	own, server := simnet.Pipe(0)
	l := &front{server: server, sent: map[string]int{}, got: map[string]int{}, owed: map[uint16]int{}, ids: map[string]uint16{}, acked: map[uint16]bool{}}
	s.links = append(s.links, l)
	return &ram{Conn: own, siege: s, front: l}, nil
}

// A ram is the client's end of a connection.
type ram struct {
	*simnet.Conn
	siege *siege
	front *front
}

func (r *ram) Write(b []byte) (int, error) {
	s := r.siege
	packets := b
	if s.tamper != nil {
		packets = s.tamper(append([]byte{}, b...))
	}
	var f wire.Framer
	f.Write(packets)
	s.mu.Lock()
	for {
		frame, err := f.Next()
		if err != nil || frame == nil {
			if err != nil || len(f.Rest()) > 0 {
				s.fault("the client writes % x: %v", b, err)
			}
			break
		}
		s.wrote(r.front, frame)
	}
	s.mu.Unlock()
	return r.Conn.Write(b)
}

// receive is the client's callback.
func (s *siege) receive(m client.Message) {
	s.mu.Lock()
	l := s.links[len(s.links)-1]
	name := string(m.Payload)
	if l.got[name]++; l.got[name] > l.sent[name] {
		s.fault("the callback gets %q, which was sent %d times", name, l.sent[name])
	}
	if m.QoS == 1 {
		l.owed[m.PacketID]++
	}
	nested := name != "" && order(name)%5 == 4
	s.mu.Unlock()
	if nested {
		s.publish(1, time.Second)
	}
}

// publish makes a call of Publish.
func (s *siege) publish(qos byte, within time.Duration) {
	s.mu.Lock()
	s.next++
	name := fmt.Sprintf("mine %d", s.next)
	s.begun = append(s.begun, name)
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	err := s.client.Publish(ctx, []byte("t"), []byte(name), qos, false)
	if err != nil || qos == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.links {
		if id, ok := l.ids[name]; ok && l.acked[id] {
			return
		}
	}
	s.fault("%s is reported as done, and no PUBACK was sent for it", name)
}

// siegeSeeds are programs; the first four bytes are the setting.
var siegeSeeds = [][]byte{
	{0, 0, 0, 0, 0, 1, 2, 12, 2, 15, 8, 5, 12, 3, 11, 3, 10},
	{1, 1, 1, 1, 0, 1, 4, 12, 11, 3, 2, 15, 8, 3, 13, 8, 9, 6},
	{2, 0, 1, 0, 9, 2, 1, 0, 0, 1, 8, 11, 14, 0, 2, 16, 8, 4, 13, 3, 11},
	{0, 1, 0, 0, 0, 0, 2, 8, 11, 8, 11, 9, 0, 0, 0, 3, 8, 2},
	{0, 0, 0, 0, 0, 1, 3, 11, 3, 11, 3, 11, 3, 11, 3, 11, 13, 3, 17, 3, 0x30, 0x80, 0x80, 8, 2, 3},
	{2, 0, 0, 1, 0, 1, 2, 8, 3, 13, 2, 8, 3, 15, 8, 2, 13, 6},
}

func TestRobustFindsPlanted(t *testing.T) {
	for name, plant := range map[string]struct {
		want   string
		tamper func([]byte) []byte
	}{
		"sent again without DUP": {"without DUP", func(b []byte) []byte {
			if wire.TypeOf(b) == wire.PUBLISH {
				b[0] &^= 8
			}
			return b
		}},
		"a PUBACK for another message": {"which the callback has not got", func(b []byte) []byte {
			if wire.TypeOf(b) == wire.PUBACK {
				b[3]++
			}
			return b
		}},
		"a PINGREQ with a flag": {"the client writes", func(b []byte) []byte {
			if wire.TypeOf(b) == wire.PINGREQ {
				b[0] |= 1
			}
			return b
		}},
	} {
		t.Run(name, func(t *testing.T) {
			play := func(tamper func([]byte) []byte) func(finder, []byte) {
				return func(f finder, input []byte) {
					var wrong []string
					synctest.Test(t, func(*testing.T) { wrong, _ = besiege(input, tamper) })
					if len(wrong) > 0 {
						f.Errorf("%s", strings.Join(wrong, "\n"))
					}
				}
			}
			hunt(t, plant.want, siegeSeeds, 500, play(nil), play(plant.tamper))
		})
	}
}
