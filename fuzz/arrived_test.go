package fuzz

import (
	"fmt"
	"strings"

	"umqtt/harness/capture"
	"umqtt/harness/wire"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// judge compares what arrived, and what the client sent, with what Publish reported.
func (w *world) judge(t *rapid.T) {
	w.healthy(t)
	sent := judgeCapture(w.rec.Capture(), w.messages)
	faults := append(sent.faults, w.judgeArrivals(sent.times)...)
	if len(faults) > 0 {
		t.Fatalf("%s\n%s", strings.Join(faults, "\n"), w.shown())
	}
}

// judgeArrivals judges what the observer got; times tells how often each message was sent.
func (w *world) judgeArrivals(times map[string]int) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	byPayload := map[string]*message{}
	for _, m := range w.messages {
		byPayload[m.payload] = m
	}
	arrived := map[int]int{}
	last := map[string]int{} // the newest message that arrived, by topic and QoS
	for _, p := range w.observer.messages() {
		m := byPayload[string(p.Payload)]
		if m == nil {
			bad("%q was never published", p.Payload)
			continue
		}
		want := &wire.Publish{Topic: m.topic, QoS: m.qos, Payload: []byte(m.payload), PacketID: p.PacketID, Dup: p.Dup}
		if diff := cmp.Diff(want, p); diff != "" {
			bad("message %d (-published +arrived)\n%s", m.n, diff)
		}
		if flow := fmt.Sprintf("QoS %d to %s", m.qos, m.topic); arrived[m.n] == 0 {
			if m.n < last[flow] {
				bad("%s: message %d arrives after %d", flow, m.n, last[flow])
			}
			last[flow] = m.n
		}
		arrived[m.n]++
	}
	for _, m := range w.messages {
		switch n := arrived[m.n]; {
		case n == 0 && m.qos == 1 && m.done:
			bad("message %d was reported done and never arrived", m.n)
		case n == 0 && m.pending != nil:
			bad("message %d was acknowledged in the end and never arrived", m.n)
		case n > times[m.payload]:
			bad("message %d arrived %d times and was sent %d times", m.n, n, times[m.payload])
		case m.qos == 1 && !m.done && m.pending == nil && times[m.payload] > 0:
			bad("message %d was refused and sent: %v", m.n, m.err)
		}
	}
	return faults
}

// sending is what the capture tells of the client.
type sentLog struct {
	times  map[string]int // how often each payload was sent
	faults []string

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
func judgeCapture(c *capture.Capture, messages []*message) *sentLog {
	s := &sentLog{times: map[string]int{}}
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
			s.times[string(p.Payload)]++
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
	s.flight = append(s.flight, &flight{id: p.PacketID, payload: payload, conn: conn})
	*resent = len(s.flight)
	return ""
}
