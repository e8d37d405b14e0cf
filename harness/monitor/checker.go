package monitor

import (
	"errors"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// A checker walks through the records of one capture.
type checker struct {
	findings []Finding
	clock    clock
	links    map[int]*link
	order    []*link // by first record
	clients  map[string]*client
	spoke    bool // the client has sent a CONNECT of MQTT 3.1.1
	middle   bool // the capture begins in the middle of the client's life: see Live
	hidden   bool // a connection of another protocol has carried what is not known
}

// A step is a record as the monitors look at it.
type step struct {
	capture.Record
	at      int // index of the record
	link    *link
	packet  wire.Packet     // nil unless the data is one good packet
	bad     *wire.Violation // why it is not; nil too when it is only a part of one
	typ     wire.Type       // by the first byte
	answers int             // the record of the packet that this one answers for sure, -1 if there is none
}

// record looks at the next record.
func (k *checker) record(at int, r capture.Record) {
	if r.Kind == capture.Event {
		k.noted(at, r)
		return
	}
	s := &step{Record: r, at: at, link: k.link(r.Conn), answers: -1}
	switch {
	case s.link.other:
	case len(r.Data) == 0:
		k.end(s)
	case r.Kind == capture.Sent:
		s.decode(&s.link.sentRaw)
		k.sent(s)
	default:
		s.decode(&s.link.handedRaw)
		k.handed(s)
	}
}

// link returns the state of a connection.
func (k *checker) link(conn int) *link {
	l, ok := k.links[conn]
	if !ok {
		l = newLink(conn)
		k.links[conn] = l
		k.order = append(k.order, l)
	}
	return l
}

// decode fills in what the record's bytes are. raw is set once its stream is no longer MQTT. Part of a
// packet is nothing that anybody did wrong: the connection broke, or the capture ended.
func (s *step) decode(raw *bool) {
	if *raw {
		return
	}
	s.typ = wire.TypeOf(s.Data)
	var f wire.Framer
	f.Write(s.Data) // it buffers and cannot fail
	frame, err := f.Next()
	if err == nil && len(frame) == len(s.Data) {
		s.packet, err = s.Packet()
	} else {
		*raw = true
	}
	errors.As(err, &s.bad)
}

// sent looks at bytes of the client.
func (k *checker) sent(s *step) {
	if k.other(s) {
		return
	}
	k.refused(s)
	k.opening(s)
	k.behindDisconnect(s)
	k.gap(s)
	if s.bad != nil {
		s.link.lose()
	}
	switch p := s.packet.(type) {
	case *wire.Connect:
		k.join(s, p)
	case *wire.Publish:
		k.publishes(s, p)
	case *wire.Subscribe:
		k.requests(s, p.PacketID)
	case *wire.Unsubscribe:
		k.requests(s, p.PacketID)
	case *wire.Puback:
		k.acknowledges(s, p.PacketID)
	case *wire.Pubrec:
		k.receipts(s, p.PacketID)
	case *wire.Pubrel:
		k.releases(s, p.PacketID)
	case *wire.Pubcomp:
		k.completes(s, p.PacketID)
	case *wire.Pingreq:
		s.link.pinged = true
	case *wire.Disconnect:
		s.link.disconnected = s.at
		s.link.disconnectedAt = s.Time
		s.link.left = !s.link.over && !s.link.lost && s.link.waiting == 0
	}
	k.goesOn(s)
}

// handed looks at bytes that the client was handed.
func (k *checker) handed(s *step) {
	k.mustEnd(s)
	l := s.link
	if s.bad != nil {
		k.malformed(s)
	}
	switch p := s.packet.(type) {
	case *wire.Connack:
		k.connack(s, p)
	case *wire.Publish:
		l.arrive(p.QoS, p.PacketID, s.at, p.Dup, false)
	case *wire.Puback:
		l.acked(p.PacketID, s.at)
	case *wire.Pubrec:
		l.receipt(p.PacketID, s.at)
	case *wire.Pubrel:
		l.release(p.PacketID, s.at)
	case *wire.Pubcomp:
		l.acked(p.PacketID, s.at)
	case *wire.Suback:
		l.granted(p.PacketID, s.at)
	case *wire.Unsuback:
		l.granted(p.PacketID, s.at)
	case *wire.Pingresp:
		l.pinged = false
	}
}

// end looks at the end of one direction.
func (k *checker) end(s *step) {
	if !s.link.over {
		k.silent(s.link, s.Time, s.at)
	}
	s.link.over = true
	if s.Kind == capture.Sent || s.Text == capture.RST {
		s.link.closed = true
	}
}

// finish looks at what is left when the capture ends.
func (k *checker) finish() {
	for _, l := range k.order {
		if !l.over {
			k.silent(l, k.clock.last, l.lastRecord)
		}
		k.wasSilent(l)
		k.stillOpen(l)
		k.settle(l)
	}
}
