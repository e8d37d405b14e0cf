package broker

import (
	"math"
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// queueOrder is the hook that has messages in flight re-sent in the order in which
// they were published [MQTT-4.6.0-6]. Mochi sorts them by the second of their
// publication, and that by its lower 16 bits; the hook puts a running number of the
// client's session there. Nothing else looks at it: messages do not expire.
type queueOrder struct {
	mqtt.HookBase
	mu   sync.Mutex
	last map[string]int64 // by client identifier
}

// ID names the hook.
func (*queueOrder) ID() string { return "queue-order" }

// Provides lists the calls that the hook answers.
func (*queueOrder) Provides(call byte) bool {
	return call == mqtt.OnQosPublish || call == mqtt.OnPacketEncode
}

// OnPacketEncode numbers a PUBREL that is kept until the client answers it: mochi keeps it with the second in which
// it was made, and no other call tells of it. One that is sent again keeps its place, since all are sent again in
// their order.
func (o *queueOrder) OnPacketEncode(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	if pk.FixedHeader.Type == packets.Pubrel {
		if kept, ok := cl.State.Inflight.Get(pk.PacketID); ok && kept.FixedHeader.Type == packets.Pubrel {
			o.number(cl, kept)
		}
	}
	return pk
}

// OnQosPublish numbers a message that is about to be sent, or queued, for the first
// time, and an acknowledgement that is kept until the client answers it.
func (o *queueOrder) OnQosPublish(cl *mqtt.Client, pk packets.Packet, _ int64, _ int) {
	switch {
	case pk.FixedHeader.Type == packets.Publish && !pk.FixedHeader.Dup, pk.FixedHeader.Type == packets.Puback, pk.FixedHeader.Type == packets.Pubrec:
		o.number(cl, pk)
	}
}

// number gives a packet that is kept the next number of the client's session.
func (o *queueOrder) number(cl *mqtt.Client, pk packets.Packet) {
	o.mu.Lock()
	defer o.mu.Unlock()
	inflight := cl.State.Inflight
	if o.last == nil {
		o.last = make(map[string]int64)
	}
	n := o.last[cl.ID]
	if inflight.Len() == 1 { // this one
		n = 0
	}
	if n == math.MaxUint16 {
		n = renumber(inflight, pk.PacketID)
	}
	pk.Created = n + 1
	o.last[cl.ID] = pk.Created
	inflight.Set(pk)
}

// renumber numbers what is in flight, but for the newest message, from 1 on, and
// returns the last number.
func renumber(inflight *mqtt.Inflight, newest uint16) (n int64) {
	for _, pk := range inflight.GetAll(false) {
		if pk.PacketID != newest {
			n++
			pk.Created = n
			inflight.Set(pk)
		}
	}
	return n
}
