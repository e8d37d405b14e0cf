package fuzz

import (
	"context"
	"fmt"
	"time"

	"umqtt/client"
	"umqtt/harness/wire"
)

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
