package fuzz

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime/debug"
	"slices"
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

// wrote judges one packet of the client. The lock is held.
func (s *siege) wrote(l *front, frame []byte) {
	p, err := wire.DecodeFrom(wire.ToServer, frame)
	if err != nil {
		s.fault("the client writes % x: %v", frame, err)
		return
	}
	if first := len(l.wrote) == 0; first != (p.Type() == wire.CONNECT) {
		s.fault("%v is packet %d of its connection", p, len(l.wrote))
	}
	l.wrote = append(l.wrote, p)
	switch p := p.(type) {
	case *wire.Connect:
		if !s.silent {
			s.greet(l, 0)
		}
	case *wire.Publish:
		if p.QoS == 1 {
			s.published(l, p)
		}
	case *wire.Puback:
		if l.owed[p.PacketID]--; l.owed[p.PacketID] < 0 {
			s.fault("a PUBACK for %d, which the callback has not got", p.PacketID)
		}
	}
}

// greet answers a CONNECT.
func (s *siege) greet(l *front, code byte) {
	present := !s.fresh && !l.clean() && len(s.links) > 1 && code == 0
	l.greets = code == 0
	l.send(&wire.Connack{SessionPresent: present, Code: code})
}

// clean reports whether the client has asked for a clean session. What else comes first is a fault already.
func (l *front) clean() bool {
	if len(l.wrote) == 0 {
		return false
	}
	p, ok := l.wrote[0].(*wire.Connect)
	return ok && p.CleanSession
}

func (l *front) send(p wire.Packet) { _, _ = l.server.Write(p.Append(nil)) }

// published judges a PUBLISH at QoS 1: the first one has DUP 0, later ones the same identifier and DUP 1, and none
// overtakes one that was published before it.
func (s *siege) published(l *front, p *wire.Publish) {
	name := string(p.Payload)
	var before *front // that it was sent on in this session
	for _, other := range slices.Backward(s.links) {
		if _, ok := other.ids[name]; ok && (other != l || p.Dup) {
			before = other
		}
		if other.clean() {
			break // its session is its own; a message that was in flight before is a new one
		}
	}
	switch {
	case before == nil && p.Dup:
		s.fault("%s has DUP and was never sent", name)
	case before != nil && !p.Dup:
		s.fault("%s is sent again without DUP", name)
	case before != nil && before.ids[name] != p.PacketID:
		s.fault("%s is sent again as %d, after %d", name, p.PacketID, before.ids[name])
	}
	if _, again := l.ids[name]; !again {
		for other := range l.ids {
			if p.Dup && order(other) > order(name) {
				s.fault("%s is sent again behind %s", name, other)
			}
		}
	}
	l.ids[name] = p.PacketID
}

// order is the number in the name of a message.
func order(name string) (n int) {
	fmt.Sscanf(name[strings.LastIndexByte(name, ' ')+1:], "%d", &n)
	return n
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

// step does the next thing of the program.
func (s *siege) step() {
	src := s.source
	s.mu.Lock()
	var l *front
	if n := len(s.links); n > 0 {
		l = s.links[n-1]
	}
	s.mu.Unlock()
	kind := src.below(18)
	s.script = append(s.script, fmt.Sprint(kind))
	switch kind {
	case 0:
		clean := src.below(3) == 0
		s.call(func(ctx context.Context) { _, _ = s.client.Connect(ctx, clean) })
	case 1, 2:
		qos := byte(kind - 1)
		s.call(func(context.Context) { s.publish(qos, callTime) })
	case 3:
		s.call(func(ctx context.Context) { _, _ = s.client.WaitMsg(ctx) })
	case 4:
		s.call(func(ctx context.Context) { _, _ = s.client.Subscribe(ctx, client.Filter{Topic: []byte("a"), QoS: 1}) })
	case 5:
		s.call(func(ctx context.Context) { _ = s.client.Unsubscribe(ctx, []byte("a")) })
	case 6:
		s.call(func(context.Context) { _ = s.client.Disconnect() })
	case 7:
		s.call(func(context.Context) { _, _ = s.client.CheckMsg() })
	case 8:
		time.Sleep(time.Duration(1+src.below(12)) * time.Second)
	case 9:
		s.mu.Lock()
		s.refuse, s.silent, s.fresh = src.below(4), src.below(4) == 1, src.below(2) == 1
		s.mu.Unlock()
	default:
		if l != nil {
			s.serve(l, kind, src)
		}
	}
}

// call makes a call in a goroutine, one at a time: while another goes on it is left out.
func (s *siege) call(do func(context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting > 0 {
		return
	}
	s.waiting++
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), callTime)
		defer cancel()
		do(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.waiting--
	}()
}

// serve has the server do something on the newest connection.
func (s *siege) serve(l *front, kind int, src *source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch kind {
	case 10, 11: // a message
		s.next++
		name := fmt.Sprintf("yours %d", s.next)
		l.sent[name]++
		l.send(&wire.Publish{Topic: "a", QoS: byte(kind - 10), PacketID: uint16(kind-10) * uint16(s.next), Payload: []byte(name)})
	case 12, 13: // answers: to the oldest that has none, or to all
		for _, p := range l.wrote {
			if s.answer(l, p) && kind == 12 {
				break
			}
		}
	case 14:
		if len(l.wrote) > 0 && !l.greets {
			s.greet(l, byte(src.below(6)))
		}
	case 15:
		l.server.Reset()
	case 16:
		_ = l.server.CloseWrite()
	case 17:
		_, _ = l.server.Write(src.take(1 + src.below(6)))
		l.sent[""]++ // it may be a message
	}
}

// answer answers a packet once, and reports whether it has.
func (s *siege) answer(l *front, p wire.Packet) bool {
	switch p := p.(type) {
	case *wire.Publish:
		if p.QoS == 0 || l.acked[p.PacketID] {
			return false
		}
		l.acked[p.PacketID] = true
		l.send(&wire.Puback{PacketID: p.PacketID})
	case *wire.Subscribe:
		if l.acked[p.PacketID] {
			return false
		}
		l.acked[p.PacketID] = true
		l.send(&wire.Suback{PacketID: p.PacketID, Codes: make([]byte, len(p.Filters))})
	case *wire.Unsubscribe:
		if l.acked[p.PacketID] {
			return false
		}
		l.acked[p.PacketID] = true
		l.send(&wire.Unsuback{PacketID: p.PacketID})
	default:
		return false
	}
	return true
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
