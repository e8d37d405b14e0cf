package broker

import (
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// takeover is the hook that has a client's old connection end before the session of its new one begins
// [MQTT-3.1.4-2]. Mochi ends the old one beside that: when both are done, the end of the old connection may remove the
// subscriptions of the new one and forget its client, and the old one's will comes at any time.
type takeover struct {
	mqtt.HookBase
	server *mqtt.Server
}

// ID names the hook.
func (*takeover) ID() string { return "takeover" }

// Provides lists the calls that the hook answers.
func (*takeover) Provides(call byte) bool { return call == mqtt.OnSessionEstablish }

// OnSessionEstablish ends the connection that a client has open, and waits until nothing more comes of it.
func (t *takeover) OnSessionEstablish(cl *mqtt.Client, _ packets.Packet) {
	old, ok := t.server.Clients.Get(cl.ID)
	if !ok {
		return
	}
	g, ok := old.Net.Conn.(*gate)
	if !ok {
		return
	}
	_ = t.server.DisconnectClient(old, packets.ErrSessionTakenOver) // fails where the connection has ended
	<-g.over
}
