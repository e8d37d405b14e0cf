package broker

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// A session with each quality of service in both directions.
func TestSession(t *testing.T) {
	overBoth(t, func(t *testing.T, n network) {
		w := begin(t, n)
		c := w.dial(connectC1Clean)
		c.want(connackNew)
		c.send("82 06 00 01 00 01 74 02") // SUBSCRIBE id 1 "t" QoS 2
		c.want("90 03 00 01 02")
		c.send("30 05 00 01 74 68 69") // PUBLISH QoS 0 "hi"
		c.want("30 05 00 01 74 68 69")
		c.send("32 07 00 01 74 00 02 68 69") // QoS 1 id 2
		c.want("40 02 00 02", "32 07 00 01 74 00 01 68 69")
		c.send("40 02 00 01")
		c.send("34 07 00 01 74 00 03 68 69") // QoS 2 id 3
		c.want("50 02 00 03", "34 07 00 01 74 00 02 68 69")
		c.send("62 02 00 03") // PUBREL
		c.want("70 02 00 03")
		c.send("50 02 00 02") // PUBREC
		c.want("62 02 00 02")
		c.send("70 02 00 02") // PUBCOMP
		c.send("a2 05 00 04 00 01 74")
		c.want("b0 02 00 04")
		c.send("30 05 00 01 74 68 69")
		c.wantSilence()
		c.send(disconnect)
		c.wantEnd()
	})
}

// A will reaches a witness when its client breaks off, and not when it takes
// leave.
func TestWill(t *testing.T) {
	overBoth(t, func(t *testing.T, n network) {
		w := begin(t, n)
		witness := w.dial(connectC2Clean, "82 06 00 01 00 01 77 00") // SUBSCRIBE "w"
		witness.want(connackNew, "90 03 00 01 00")
		const connect = "10 14 00 04 4d 51 54 54 04 06 00 3c 00 02 63 31 00 01 77 00 01 78" // will "w": "x"

		c := w.dial(connect)
		c.want(connackNew)
		c.send(disconnect)
		c.wantEnd()
		witness.wantSilence()

		c = w.dial(connect)
		c.want(connackNew)
		c.leave(w)
		witness.want("30 04 00 01 77 78")
	})
}

// A keep alive of K seconds ends a silent connection after 1.5 K, to the
// nanosecond, and PINGREQ puts that off.
func TestKeepAlive(t *testing.T) {
	tests := []struct {
		name    string
		connect string
		want    time.Duration
	}{
		{"4 s", "10 0e 00 04 4d 51 54 54 04 02 00 04 00 02 63 31", 6 * time.Second},
		{"10 s", "10 0e 00 04 4d 51 54 54 04 02 00 0a 00 02 63 31", 15 * time.Second},
		{"an hour", "10 0e 00 04 4d 51 54 54 04 02 0e 10 00 02 63 31", 90 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := begin(t, sim)
				c := w.dial(tt.connect)
				c.want(connackNew)
				time.Sleep(tt.want - time.Millisecond)
				c.wantSilence()
				begin := time.Now()
				c.wantEnd()
				if got := time.Since(begin); got != tt.want {
					t.Errorf("closed after %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// A message in flight outlives the day after which mochi drops it by default.
func TestInFlightIsKept(t *testing.T) {
	if testing.Short() {
		t.Skip("a virtual day of mochi's tickers takes seconds")
	}
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, sim)
		c := w.dial(connectC1Keep, "82 06 00 01 00 01 74 01", "32 05 00 01 74 00 02")
		c.want(connackNew, "90 03 00 01 01", "40 02 00 02", "32 05 00 01 74 00 01")
		c.leave(w)
		time.Sleep(25 * time.Hour)
		c = w.dial(connectC1Keep)
		c.want(connackPresent, "3a 05 00 01 74 00 01")
	})
}

// Nothing is retained at the start, and the broker says nothing of its own
// accord however much time passes.
func TestSaysNothingUnasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, sim)
		c := w.dial("10 0e 00 04 4d 51 54 54 04 02 00 00 00 02 63 31") // no keep alive
		c.want(connackNew)
		c.send("82 0b 00 01 00 06 24 53 59 53 2f 23 00") // SUBSCRIBE "$SYS/#"
		c.want("90 03 00 01 00")
		c.send("82 06 00 02 00 01 23 00") // SUBSCRIBE "#"
		c.want("90 03 00 02 00")
		time.Sleep(time.Hour)
		c.wantSilence()
	})
}

// Only protocol level 4 is spoken.
func TestRefusesOldProtocol(t *testing.T) {
	overBoth(t, func(t *testing.T, n network) {
		w := begin(t, n)
		c := w.dial("10 10 00 06 4d 51 49 73 64 70 03 02 00 3c 00 02 63 31") // MQIsdp, level 3
		c.want("20 02 00 01")
		c.wantEnd()
	})
}

// The same bytes come in run after run, several clients included.
func TestRunsAreTheSame(t *testing.T) {
	const runs = 50
	var first []byte
	for i := range runs {
		synctest.Test(t, func(t *testing.T) {
			w := begin(t, sim)
			sub := w.dial(connectC2Clean, "82 06 00 01 00 01 74 01")
			sub.want(connackNew, "90 03 00 01 01")
			synctest.Wait() // a message retained before it would be delivered twice
			pub := w.dial(connectC1Keep)
			pub.want(connackNew)
			for _, id := range []string{"00 01", "00 02", "00 03"} {
				pub.send("33 07 00 01 74 " + id + " 68 69") // retained
				pub.want("40 02 " + id)
				synctest.Wait()
			}
			pub.leave(w)
			again := w.dial(connectC1Keep, "82 06 00 09 00 01 74 01")
			synctest.Wait()
			w.Stop()
			all := new(bytes.Buffer)
			for _, c := range []*client{sub, pub, again} {
				_, _ = c.log.ReadFrom(c)
				all.Write(c.log.Bytes())
				all.WriteByte('\n')
			}
			if first == nil {
				first = all.Bytes()
			}
			if !bytes.Equal(all.Bytes(), first) {
				t.Fatalf("run %d:\n% x\nrun 0:\n% x", i, all.Bytes(), first)
			}
		})
	}
	if len(first) < 60 {
		t.Errorf("too little was said to compare: % x", first)
	}
}
