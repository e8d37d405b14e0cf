package swarm

import (
	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// A sight is what a run looked like, for the sometimes-assertions.
type sight struct {
	sc      *scenario.Scenario
	records []capture.Record
	packets []wire.Packet // of the records; nil where there is no good one
}

func look(sc *scenario.Scenario, c *capture.Capture) *sight {
	s := &sight{sc: sc, records: c.Records, packets: make([]wire.Packet, len(c.Records))}
	for i, r := range c.Records {
		if len(r.Data) == 0 {
			continue
		}
		if p, err := r.Packet(); err == nil {
			s.packets[i] = p
		}
	}
	return s
}

// A message is one that the client publishes at QoS 1 or 2, with where it was sent.
type message struct {
	conns []int
	ids   []uint16
	at    []int
	dup   int // how often it was sent with DUP 1
	acked int // the record of its PUBACK or PUBREC, or -1
	qos   byte
}

// outbound returns the client's messages by their payloads, and those payloads in the order of their first PUBLISH.
func (s *sight) outbound() (all map[string]*message, order []string) {
	type exchange struct {
		conn int
		id   uint16
	}
	all, open := map[string]*message{}, map[exchange]*message{}
	for i, p := range s.packets {
		r := s.records[i]
		var id uint16
		switch p := p.(type) {
		case *wire.Publish:
			if r.Kind != capture.Sent || p.QoS == 0 {
				continue
			}
			m := all[string(p.Payload)]
			if m == nil {
				m = &message{acked: -1, qos: p.QoS}
				all[string(p.Payload)] = m
				order = append(order, string(p.Payload))
			}
			m.conns, m.ids, m.at = append(m.conns, r.Conn), append(m.ids, p.PacketID), append(m.at, i)
			if p.Dup {
				m.dup++
			}
			open[exchange{r.Conn, p.PacketID}] = m
			continue
		case *wire.Puback:
			id = p.PacketID
		case *wire.Pubrec:
			id = p.PacketID
		default:
			continue
		}
		if m := open[exchange{r.Conn, id}]; m != nil && r.Kind == capture.Handed && m.acked < 0 {
			m.acked = i
		}
	}
	return all, order
}

// inFlight returns the most messages at QoS 1 that were sent and not acknowledged at once on a connection.
func (s *sight) inFlight() int {
	most, conn := 0, 0
	open := map[uint16]bool{}
	for i, p := range s.packets {
		if r := s.records[i]; r.Conn > conn {
			conn = r.Conn
			clear(open)
		}
		switch p := p.(type) {
		case *wire.Publish:
			if s.records[i].Kind == capture.Sent && p.QoS == 1 {
				open[p.PacketID] = true
				most = max(most, len(open))
			}
		case *wire.Puback:
			if s.records[i].Kind == capture.Handed {
				delete(open, p.PacketID)
			}
		}
	}
	return most
}

// ended reports whether a connection ended between two records, for any reason but a DISCONNECT before.
func (s *sight) ended(conn, from, to int) bool {
	for i := from; i < to; i++ {
		r := s.records[i]
		if r.Conn == conn && r.Kind != capture.Event && len(r.Data) == 0 {
			return true
		}
	}
	return false
}
