package proxy

import (
	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// sent records packets of the client, which are whole.
func (c *relayed) sent(d wire.Direction, packets []byte) {
	if d == wire.ToServer && c.rec != nil && len(packets) > 0 {
		c.rec.Packets(c.id, capture.Sent, packets)
	}
}

// sentRest records bytes of the client that are no whole packet: no more of it will come, or the stream is not MQTT.
func (c *relayed) sentRest(d wire.Direction) {
	if d == wire.ToServer && c.rec != nil {
		c.rec.Bytes(c.id, capture.Sent, c.line(d).framer.Rest())
	}
}

// handed records what is handed over to the client; with whole, the piece is whole packets.
func (c *relayed) handed(d wire.Direction, piece []byte, end fault.Ending, whole bool) {
	if d == wire.ToServer || c.rec == nil || c.gone {
		return
	}
	if whole {
		c.rec.Packets(c.id, capture.Handed, piece)
	} else {
		c.rec.Bytes(c.id, capture.Handed, piece)
	}
	if end == fault.HalfClose {
		c.rec.End(c.id, capture.Handed, capture.FIN)
	}
}

func (c *relayed) note(events []fault.Event) {
	for _, e := range events {
		c.event(e.Text)
	}
}

func (c *relayed) event(text string) {
	if c.rec != nil {
		c.rec.Event(c.id, text)
	}
}
