package fuzz

import (
	"errors"
	"fmt"

	"umqtt/client"
	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// A sentLog is what the capture tells of the client.
type sentLog struct {
	messages map[string]*message // by payload
	times    map[string]int      // how often each payload was sent
	faults   []string

	flight []*flight // messages that may be unacknowledged, in the order of their publishing
}

// flight is a QoS 1 message that was sent.
type flight struct {
	id      uint16
	payload string
	conn    int  // the last connection it was sent on
	acked   bool // its PUBACK was handed to the client, which need not have read it
}

// judgeCapture judges what the client sent, packet by packet.
func judgeCapture(c *capture.Capture, messages map[string]*message) *sentLog {
	s := &sentLog{messages: messages, times: map[string]int{}}
	begun, ended := map[int]bool{}, map[int]bool{}
	resent := 0 // how far the messages in flight were sent again on this connection
	for _, r := range c.Records {
		bad := func(format string, args ...any) {
			s.faults = append(s.faults, fmt.Sprintf("%v: ", r)+fmt.Sprintf(format, args...))
		}
		p, err := r.Packet()
		if r.Kind == capture.Handed {
			if a, ok := p.(*wire.Puback); ok {
				s.acknowledge(a.PacketID)
			}
			continue
		}
		if r.Kind != capture.Sent {
			continue
		}
		if ended[r.Conn] {
			bad("after the end")
		}
		switch p := p.(type) {
		case nil:
			ended[r.Conn] = len(r.Data) == 0
			if err != nil {
				bad("%v", err)
			}
			continue
		case *wire.Connect:
			resent = 0
			if p.CleanSession || p.ClientID != "subject" || begun[r.Conn] {
				bad("that is not the CONNECT it should be")
			}
		case *wire.Publish:
			if why := s.publish(p, r.Conn, &resent); why != "" {
				bad("%s", why)
			}
		case *wire.Pingreq:
		default:
			bad("nobody asked for that")
		}
		begun[r.Conn] = true
	}
	return s
}

func (s *sentLog) acknowledge(id uint16) {
	for _, f := range s.flight {
		if f.id == id {
			f.acked = true
		}
	}
}

// publish judges a PUBLISH: on a new connection all that is in flight comes first, in its order, with the
// same identifier and DUP; what is new has an identifier that is free.
func (s *sentLog) publish(p *wire.Publish, conn int, resent *int) string {
	payload := string(p.Payload)
	m := s.messages[payload]
	if m == nil || p.Topic != m.topic || p.QoS != m.qos || p.Retain {
		return "nobody asked for that"
	}
	s.times[payload]++
	if p.QoS == 0 && s.times[payload] > 1 {
		return "sent again at QoS 0"
	}
	if !p.Dup {
		for _, f := range s.flight {
			switch {
			case f.payload == payload:
				return "sent again without DUP"
			case !f.acked && f.conn != conn:
				return fmt.Sprintf("something new before %q was sent again", f.payload)
			case !f.acked && p.QoS == 1 && f.id == p.PacketID:
				return fmt.Sprintf("its packet identifier is in use by %q", f.payload)
			}
		}
		if p.QoS == 1 {
			s.flight = append(s.flight, &flight{id: p.PacketID, payload: payload, conn: conn})
		}
		return ""
	}
	for i, f := range s.flight {
		if f.payload != payload {
			continue
		}
		if f.id != p.PacketID || i < *resent || f.conn == conn {
			return "sent again with another packet identifier, out of order, or twice"
		}
		for _, skipped := range s.flight[*resent:i] {
			if !skipped.acked {
				return fmt.Sprintf("sent again before %q", skipped.payload)
			}
		}
		f.conn, *resent = conn, i+1
		return ""
	}
	// Its first sending met a connection that was gone, and is not in the capture.
	var lost *client.ConnectionError
	if !errors.As(m.err, &lost) || lost.Op != "write" {
		return "sent for the first time with DUP"
	}
	s.flight = append(s.flight, &flight{id: p.PacketID, payload: payload, conn: conn})
	*resent = len(s.flight)
	return ""
}
