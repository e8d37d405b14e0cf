package model

import (
	"cmp"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

func (j *judgement) windowKept() {
	if j.MaxInflight == 0 {
		return
	}
	open := map[int]map[uint16]bool{} // by connection
	for i, p := range j.packets {
		r := j.Records[i]
		if open[r.Conn] == nil {
			open[r.Conn] = map[uint16]bool{}
		}
		switch p := p.(type) {
		case *wire.Publish:
			if r.Kind == capture.Sent && p.QoS == 1 && !p.Dup {
				if open[r.Conn][p.PacketID] = true; len(open[r.Conn]) > j.MaxInflight {
					j.report(i, "%d messages are in flight; the limit is %d", len(open[r.Conn]), j.MaxInflight)
				}
			}
		case *wire.Puback:
			delete(open[r.Conn], p.PacketID)
		}
	}
}

// What a client may hold besides what its limits account for: its own data, and elements of its lists.
const (
	ownBytes    = 16 << 10
	ownElements = 16
	ownWindow   = 16 // in flight, of a client that was given no limit
	ownDepth    = 9  // calls that read, each of which may hold a packet
)

func (j *judgement) memoryBounded() {
	largest, filters := 0, map[string]bool{}
	for i, r := range j.Records {
		largest = max(largest, len(r.Data))
		if p, ok := j.packets[i].(*wire.Subscribe); ok {
			for _, f := range p.Filters {
				filters[f.Filter] = true
			}
		}
	}
	window := cmp.Or(j.MaxInflight, ownWindow)
	if most := ownBytes + (window+ownDepth)*largest; j.Held.Bytes > most {
		j.report(-1, "the client holds %d bytes at the end; its limits account for %d", j.Held.Bytes, most)
	}
	if most := ownElements + 2*window + len(filters); j.Held.Elements > most {
		j.report(-1, "the client holds lists of %d elements at the end; its limits account for %d", j.Held.Elements, most)
	}
}

func (j *judgement) sizeKept() {
	if j.MaxPacket == 0 {
		return
	}
	if j.Ordered && j.Skips == 0 {
		j.endsAtLarge()
	}
	for _, m := range j.Messages {
		for _, i := range j.handed[m.key()] {
			if len(j.Records[i].Data) > j.MaxPacket {
				j.report(i, "the callback got %v; its packet has %d bytes, and the limit is %d", m, len(j.Records[i].Data), j.MaxPacket)
				break
			}
		}
	}
}

// endsAtLarge judges a client that closes a connection on which a packet is too large: it answers nothing behind that.
func (j *judgement) endsAtLarge() {
	large, later := map[int]bool{}, map[[2]int]bool{}
	for i, p := range j.packets {
		r := j.Records[i]
		q, ok := p.(*wire.Publish)
		switch {
		case r.Kind == capture.Handed && len(r.Data) > j.MaxPacket:
			large[r.Conn] = true
		case r.Kind == capture.Handed && ok && q.QoS == 1 && large[r.Conn]:
			later[[2]int{r.Conn, int(q.PacketID)}] = true
		}
		if a, ok := p.(*wire.Puback); ok && r.Kind == capture.Sent && later[[2]int{r.Conn, int(a.PacketID)}] {
			j.report(i, "the client goes on behind a packet that is larger than its limit of %d bytes", j.MaxPacket)
		}
	}
}

func (j *judgement) refusedUnsent() {
	for i := range j.Calls {
		c := &j.Calls[i]
		limited := c.Err == "depth" || c.Err == "inflight"
		switch {
		case c.Verb != "publish" || !c.Told || !limited:
		case c.QoS == 0 && c.Err == "depth":
			j.report(c.At-1, "%s is refused for its depth", c)
		case j.alone(c):
			for _, at := range j.sent[c.key()] {
				j.report(at, "%s was refused (%s), and its message is sent", c, c.Err)
			}
		}
	}
}

// alone reports whether no other call publishes the same message.
func (j *judgement) alone(c *Call) bool {
	n := 0
	for i := range j.Calls {
		if d := &j.Calls[i]; d.Verb == "publish" && d.key() == c.key() {
			n++
		}
	}
	return n == 1
}
