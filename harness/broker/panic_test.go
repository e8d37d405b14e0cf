package broker

import (
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// panicOnPublish is a hook that plays a fault of mochi's.
type panicOnPublish struct{ mqtt.HookBase }

func (*panicOnPublish) Provides(call byte) bool { return call == mqtt.OnPublish }

func (*panicOnPublish) OnPublish(*mqtt.Client, packets.Packet) (packets.Packet, error) {
	panic("as planned")
}
