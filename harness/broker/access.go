package broker

import (
	"sync/atomic"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// access is the hook that lets everybody do everything, which mochi does not by
// itself, until the broker stops. From then on nothing is delivered: else it
// would hang on the order of goroutines whose will somebody still sees.
type access struct {
	mqtt.HookBase
	closed atomic.Bool
}

// ID names the hook.
func (*access) ID() string { return "access" }

// Provides lists the calls that the hook answers.
func (*access) Provides(call byte) bool {
	return call == mqtt.OnConnectAuthenticate || call == mqtt.OnACLCheck
}

// OnConnectAuthenticate accepts every client.
func (*access) OnConnectAuthenticate(*mqtt.Client, packets.Packet) bool { return true }

// OnACLCheck allows publishing always, and subscribing and delivery while the
// broker is open.
func (a *access) OnACLCheck(_ *mqtt.Client, _ string, write bool) bool {
	return write || !a.closed.Load()
}
