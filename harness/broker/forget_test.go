package broker

import (
	"testing"
	"testing/synctest"
)

// A broker that forgets has no session of a client that is away, and keeps that of one that is there.
func TestForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // over TCP nobody knows when the broker has seen the end of a connection
		w := begin(t, sim)
		const connect = "10 0e 00 04 4d 51 54 54 04 00 00 3c 00 02 63 31" // c1, clean session 0
		subscribe := "82 06 00 01 00 01 74 01"
		c := w.dial(connect, subscribe)
		c.want(connackNew, "90 03 00 01 01")
		there := w.dial(connectC2Clean, subscribe)
		there.want(connackNew, "90 03 00 01 01")
		c.leave(w)
		w.Forget()
		c = w.dial(connect)
		c.want(connackNew)
		there.send("32 07 00 01 74 00 02 68 69")
		there.want("40 02 00 02", "32 07 00 01 74 00 01 68 69")
		c.wantSilence()
	})
}
