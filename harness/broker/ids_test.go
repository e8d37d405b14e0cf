package broker

import (
	"testing"
	"testing/synctest"

	mqtt "github.com/mochi-mqtt/server/v2"
)

// Each script begins with a client whose session holds the broker's own PUBLISH
// with identifier 1 unacknowledged, and uses identifier 1 for something of its
// own. With the translation the broker keeps the two apart; without it, it does
// not, which is why the translation is there.
func TestIdentifiersAreKeptApart(t *testing.T) {
	const resent = "3a 07 00 01 74 00 01 68 69" // DUP, QoS 1, identifier 1
	tests := []struct {
		name string
		run  func(w *world, c *client)
		with []string // received after run
		bare []string // received after run by a broker without the translation
	}{
		{
			name: "PUBLISH QoS 1",
			run: func(w *world, c *client) {
				c.send("32 05 00 01 78 00 01") // to a topic of no interest
				c.want("40 02 00 01")
				c.leave(w)
				*c = *w.dial(connectC1Keep)
			},
			with: []string{connackPresent, resent},
			bare: []string{connackPresent},
		},
		{
			name: "PUBLISH QoS 2",
			run: func(w *world, c *client) {
				c.send("34 05 00 01 78 00 01")
				c.want("50 02 00 01")
				c.send("62 02 00 01")
				c.want("70 02 00 01")
				c.leave(w)
				*c = *w.dial(connectC1Keep)
			},
			with: []string{connackPresent, resent},
			bare: []string{connackPresent},
		},
		{
			name: "SUBSCRIBE",
			run:  func(w *world, c *client) { c.send("82 06 00 01 00 01 75 01") },
			with: []string{"90 03 00 01 01"},
			bare: []string{"90 03 00 01 91"}, // not even a code that 3.1.1 has
		},
		{
			name: "UNSUBSCRIBE",
			run: func(w *world, c *client) {
				c.send("a2 05 00 01 00 01 74")
				c.want("b0 02 00 01")
				c.send("30 05 00 01 74 68 69")
			},
			with: nil,
			bare: []string{"30 05 00 01 74 68 69"},
		},
	}
	for _, tt := range tests {
		for name, broker := range map[string]struct {
			hooks []mqtt.Hook
			want  []string
		}{
			"translated": {[]mqtt.Hook{new(idTranslation)}, tt.with},
			"bare":       {nil, tt.bare},
		} {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := sim.listen(t)
					b, err := start(l, broker.hooks...)
					if err != nil {
						t.Fatal(err)
					}
					w := &world{b, t, sim, l}
					t.Cleanup(w.end)
					c := w.dial(connectC1Keep, "82 06 00 07 00 01 74 01", "32 07 00 01 74 00 08 68 69")
					c.want(connackNew, "90 03 00 07 01", "40 02 00 08", "32 07 00 01 74 00 01 68 69")
					tt.run(w, c)
					c.want(broker.want...)
					c.wantSilence()
				})
			})
		}
	}
}

// The client sees its own identifiers in every answer, the highest and those at
// the seam included.
func TestAnswersCarryTheClientsIdentifier(t *testing.T) {
	for _, id := range []string{"00 01", "7f ff", "80 00", "80 01", "ff ff"} {
		t.Run(id, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := begin(t, sim)
				c := w.dial(connectC1Clean)
				c.want(connackNew)
				c.send("32 05 00 01 78 " + id)
				c.want("40 02 " + id)
				c.send("34 05 00 01 78 " + id)
				c.want("50 02 " + id)
				c.send("62 02 " + id)
				c.want("70 02 " + id)
				c.send("82 06 " + id + " 00 01 74 01")
				c.want("90 03 " + id + " 01")
				c.send("a2 05 " + id + " 00 01 74")
				c.want("b0 02 " + id)
			})
		})
	}
}

// An identifier of 0 is refused as ever [MQTT-2.3.1-1].
func TestIdentifierZero(t *testing.T) {
	for name, packet := range map[string]string{
		"PUBLISH QoS 1": "32 05 00 01 78 00 00",
		"PUBLISH QoS 2": "34 05 00 01 78 00 00",
		"SUBSCRIBE":     "82 06 00 00 00 01 74 01",
		"UNSUBSCRIBE":   "a2 05 00 00 00 01 74",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := begin(t, sim)
				c := w.dial(connectC1Clean)
				c.want(connackNew)
				c.send(packet)
				c.wantEnd()
			})
		})
	}
}

// QoS 2 handshakes of both directions under the same identifier are resumed
// where they were left, across two reconnects.
func TestResumedHandshakes(t *testing.T) {
	overBoth(t, func(t *testing.T, n network) {
		w := begin(t, n)
		c := w.dial(connectC1Keep, "82 06 00 07 00 01 74 02", "34 05 00 01 74 00 01")
		c.want(connackNew, "90 03 00 07 02", "50 02 00 01", "34 05 00 01 74 00 01")
		c.leave(w)

		c = w.dial(connectC1Keep)
		c.want(connackPresent)
		wantBoth(c, "50 02 00 01", "3c 05 00 01 74 00 01") // of one second: in any order
		c.send("62 02 00 01")                              // its own PUBREL
		c.want("70 02 00 01")
		c.send("50 02 00 01") // PUBREC for the broker's
		c.want("62 02 00 01")
		c.leave(w)

		c = w.dial(connectC1Keep)
		c.want(connackPresent, "62 02 00 01")
		c.send("70 02 00 01")
		c.wantSilence()
		c.leave(w)

		c = w.dial(connectC1Keep)
		c.want(connackPresent)
		c.wantSilence()
	})
}

// wantBoth reads two packets in either order; the first differ in their first byte.
func wantBoth(c *client, p, q string) {
	c.t.Helper()
	first := make([]byte, 1)
	if _, err := c.Read(first); err != nil {
		c.t.Fatal(err)
	}
	if unhex(c.t, p)[0] != first[0] {
		p, q = q, p
	}
	if unhex(c.t, p)[0] != first[0] {
		c.t.Fatalf("got a packet of type %x", first)
	}
	c.want(p[len("xx "):], q)
}
