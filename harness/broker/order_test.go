package broker

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

// queue publishes messages first to last to "t" at QoS 1, all at once, and returns
// them as somebody who was away has to get them.
func queue(w *world, first, last int) (want []string) {
	c := w.dial(connectC2Clean)
	c.want(connackNew)
	for i := first; i <= last; i++ {
		c.send(fmt.Sprintf("32 07 00 01 74 %04x %04x", i, i))
		c.want(fmt.Sprintf("40 02 %04x", i))
		want = append(want, fmt.Sprintf("3a 07 00 01 74 %04x %04x", i, i))
	}
	c.send(disconnect)
	c.wantEnd()
	w.settle()
	return want
}

// away has c1 subscribe to "t" and leave.
func away(w *world) {
	c := w.dial(connectC1Keep)
	c.want(connackNew)
	c.send("82 06 00 01 00 01 74 01") // SUBSCRIBE "t" QoS 1
	c.want("90 03 00 01 01")
	c.leave(w)
}

// Messages for an absent client come in the order of their publication, on the
// first connection and, unacknowledged, on the next.
func TestQueueOrder(t *testing.T) {
	overBoth(t, func(t *testing.T, n network) {
		w := begin(t, n)
		away(w)
		want := queue(w, 1, 20)
		for range 2 {
			c := w.dial(connectC1Keep)
			c.want(append([]string{connackPresent}, want...)...)
			c.leave(w)
		}
	})
}

// The same when 19 hours pass in the middle, after which the lower half of the
// seconds has begun anew, and when the hook's numbers do.
func TestQueueOrderWraps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := sim.listen(t)
		order := new(queueOrder)
		b, err := start(l, new(idTranslation), order)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Stop()
		w := &world{b, t, sim, l}
		away(w)
		want := queue(w, 1, 10)
		time.Sleep(19 * time.Hour)
		order.last["c1"] = math.MaxUint16 - 5
		want = append(want, queue(w, 11, 20)...)
		c := w.dial(connectC1Keep)
		c.want(append([]string{connackPresent}, want...)...)
		c.leave(w)
	})
}

// PUBRELs that the client has not answered come again in the order of their PUBRECs.
func TestReleaseOrder(t *testing.T) {
	overBoth(t, func(t *testing.T, n network) {
		w := begin(t, n)
		c := w.dial(connectC1Keep)
		c.want(connackNew)
		c.send("82 06 00 01 00 01 74 02") // SUBSCRIBE "t" QoS 2
		c.want("90 03 00 01 02")
		var want []string
		for i := 1; i <= 12; i++ {
			c.send(fmt.Sprintf("34 07 00 01 74 %04x %04x", 100+i, i))
			c.want(fmt.Sprintf("50 02 %04x", 100+i), fmt.Sprintf("34 07 00 01 74 %04x %04x", i, i))
			c.send(fmt.Sprintf("62 02 %04x", 100+i))
			c.want(fmt.Sprintf("70 02 %04x", 100+i))
		}
		for i := 12; i >= 1; i-- {
			c.send(fmt.Sprintf("50 02 %04x", i))
			c.want(fmt.Sprintf("62 02 %04x", i))
			want = append(want, fmt.Sprintf("62 02 %04x", i))
		}
		c.leave(w)
		for range 2 {
			c := w.dial(connectC1Keep)
			c.want(append([]string{connackPresent}, want...)...)
			c.leave(w)
		}
	})
}

// A message that is sent again keeps its place: where sending all again is cut short, the next connection gets them in the same order.
func TestResendKeepsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := sim.listen(t)
		order := new(queueOrder)
		b, err := start(l, new(idTranslation), order)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Stop()
		w := &world{b, t, sim, l}
		away(w)
		want := queue(w, 1, 5)
		cl, ok := b.server.Clients.Get("c1")
		if !ok {
			t.Fatal("the broker has forgotten c1")
		}
		for i, pk := range cl.State.Inflight.GetAll(false) {
			if i == 2 {
				break
			}
			pk.FixedHeader.Dup = true
			order.OnQosPublish(cl, pk, pk.Created, 0)
		}
		c := w.dial(connectC1Keep)
		c.want(append([]string{connackPresent}, want...)...)
		c.leave(w)
	})
}
