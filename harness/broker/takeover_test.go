package broker

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// slowEnd is a hook that holds up the end of the first connection for two seconds, where mochi has just decided to
// forget its client.
type slowEnd struct {
	mqtt.HookBase
	once sync.Once
}

func (*slowEnd) ID() string { return "slow-end" }

func (*slowEnd) Provides(call byte) bool { return call == mqtt.OnUnsubscribed }

func (s *slowEnd) OnUnsubscribed(*mqtt.Client, packets.Packet) {
	s.once.Do(func() { time.Sleep(2 * time.Second) })
}

// A connection that is still ending takes nothing from the next one of its client.
func TestTakeoverWaits(t *testing.T) {
	for name, leave := range map[string]func(*client){
		"it leaves":     func(c *client) { c.send(disconnect) },
		"it breaks off": func(c *client) { _ = c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := sim.listen(t)
				b, err := start(l, new(idTranslation), new(queueOrder), new(slowEnd))
				if err != nil {
					t.Fatal(err)
				}
				defer b.Stop()
				w := &world{b, t, sim, l}
				const subscribe = "82 06 00 01 00 01 74 00" // SUBSCRIBE "t" QoS 0
				old := w.dial(connectC1Clean, subscribe)
				old.want(connackNew, "90 03 00 01 00")
				leave(old)
				synctest.Wait()
				c := w.dial(connectC1Clean, subscribe)
				c.want(connackNew, "90 03 00 01 00")
				time.Sleep(3 * time.Second)
				c.send("30 04 00 01 74 78") // PUBLISH "t"
				c.want("30 04 00 01 74 78")
				c.leave(w)
			})
		})
	}
}

// The will of a connection that is taken over comes before the CONNACK of the next one, whoever is told of it.
func TestTakeoverWill(t *testing.T) {
	overBoth(t, func(t *testing.T, n network) {
		w := begin(t, n)
		const connect = "10 14 00 04 4d 51 54 54 04 04 00 3c 00 02 63 31 00 01 77 00 01 78" // will "w": "x"; clean session 0
		old := w.dial(connect, "82 06 00 01 00 01 77 00")                                   // SUBSCRIBE "w"
		old.want(connackNew, "90 03 00 01 00")
		for range 20 {
			c := w.dial(connect, "82 06 00 01 00 01 77 00")
			c.want(connackPresent, "90 03 00 01 00")
			c.wantSilence()
		}
	})
}
