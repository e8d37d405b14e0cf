package robust_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/simnet"
)

// The moments of the attempts that a thousand clients make in an outage, each with
// a seed of its own. Their delays begin small, grow, stay within their bounds and
// fill those evenly: the clients of a server that comes back do not all come at
// once.
func TestDelaysSpread(t *testing.T) {
	const (
		seeds  = 1000
		jitter = 0.2
		bins   = 10
	)
	b := robust.Backoff{Initial: time.Second, Max: time.Minute, Jitter: jitter}
	least := []time.Duration{800, 1600, 3200, 6400, 12800, 25600, 48000, 48000} // ms
	most := []time.Duration{1200, 2400, 4800, 9600, 19200, 38400, 60000, 60000}
	gaps := make([][]time.Duration, len(least))
	synctest.Test(t, func(t *testing.T) {
		for seed := range seeds {
			for i, gap := range attemptGaps(t, b, uint64(seed), len(least)) {
				gaps[i] = append(gaps[i], gap)
			}
		}
	})
	for i := range gaps {
		lo, hi := least[i]*time.Millisecond, most[i]*time.Millisecond
		var counts [bins]int
		for seed, gap := range gaps[i] {
			if gap < lo || gap > hi {
				t.Fatalf("seed %d: the delay before attempt %d is %v, want %v to %v", seed, i+2, gap, lo, hi)
			}
			if i > 0 && i < 6 && gap <= gaps[i-1][seed] {
				t.Fatalf("seed %d: after %v comes %v: no growth", seed, gaps[i-1][seed], gap)
			}
			counts[min(int(bins*(gap-lo)/(hi-lo)), bins-1)]++
		}
		for bin, n := range counts { // 100 expected, with a standard deviation below 10
			if n < 60 || n > 140 {
				t.Errorf("before attempt %d %d of %d delays are in tenth %d of their range", i+2, n, seeds, bin+1)
			}
		}
	}
}

// attemptGaps returns how far apart the first attempts of an outage are.
func attemptGaps(t *testing.T, b robust.Backoff, seed uint64, n int) []time.Duration {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var at []time.Time
	c, err := robust.New(robust.Config{
		Config: client.Config{Dial: nobody},
		Policy: robust.Forever(b),
		Rand:   rand.New(rand.NewPCG(seed, 0)),
		OnAttempt: func(robust.Attempt) {
			if at = append(at, time.Now()); len(at) > n {
				cancel()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := c.Connect(ctx, true); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if !at[0].Equal(began) {
		t.Errorf("the first attempt came after %v", at[0].Sub(began))
	}
	var gaps []time.Duration
	for i := range n {
		gaps = append(gaps, at[i+1].Sub(at[i]))
	}
	return gaps
}

// A server that ends each connection after some time gets a bounded number of them
// in an hour: the backoff begins anew only after a connection that has lasted
// ten times as long as the delay that would follow it. The odd millisecond keeps the server's
// timers apart from the client's.
func TestFlappingServer(t *testing.T) {
	for _, test := range []struct {
		lives       time.Duration
		least, most int // connections in an hour
	}{
		{0, 60, 66},                           // one a minute, once the delay is the longest
		{500*time.Millisecond + tick, 60, 66}, // it never lasts
		{3*time.Second + tick, 55, 66},        // a little is not enough
		{11*time.Second + tick, 320, 330},     // at once, each time
		{59*time.Second + tick, 60, 62},       // as good as always there
		{5*time.Minute + tick, 12, 13},
	} {
		t.Run(test.lives.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
				defer cancel()
				l := simnet.Listen("flapping", 0)
				accepted := 0
				go func() {
					for {
						c, err := l.AcceptContext(context.Background())
						if err != nil {
							return
						}
						if accepted++; accepted > 5000 {
							cancel() // as good as endless
						}
						_, _ = c.Write([]byte{0x20, 2, 0, 0})
						time.AfterFunc(test.lives, func() { _ = c.Reset() })
					}
				}()
				c, err := robust.New(robust.Config{
					Config: client.Config{Dial: (&toy{l: l}).dial},
					Policy: robust.Forever(robust.Backoff{}),
				})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := c.Connect(ctx, true); err != nil {
					t.Fatal(err)
				}
				for ctx.Err() == nil {
					_, _ = c.WaitMsg(ctx)
				}
				_ = c.Close()
				_ = l.Close()
				synctest.Wait()
				if accepted < test.least || accepted > test.most {
					t.Errorf("%d connections in an hour, want %d to %d", accepted, test.least, test.most)
				}
			})
		})
	}
}

// Two clients have the same client identifier by mistake, so that the broker ends
// the connection of each when the other connects [MQTT-3.1.4-2]. Without a backoff
// that outlives such connections they would do so thousands of times an hour.
func TestSameClientID(t *testing.T) {
	onSite(t, robust.Config{Rand: rand.New(rand.NewPCG(1, 0))}, func(s *site) {
		other := s.another(robust.Config{Rand: rand.New(rand.NewPCG(2, 0))})
		ctx, cancel := context.WithTimeout(s.ctx, time.Hour)
		defer cancel()
		s.dialled = func() {
			if s.connections > 1000 {
				cancel() // as good as endless
			}
		}
		stay := func(c *robust.Client) func() bool {
			return s.begin(func() {
				_, err := c.Connect(ctx, false)
				s.must(err)
				for ctx.Err() == nil {
					_, _ = c.WaitMsg(ctx)
				}
				_ = c.Close()
			})
		}
		first := stay(s.Client)
		s.pass(10 * time.Second)
		second := stay(other)
		s.join(func() bool { return first() && second() }, 2*time.Hour)
		// Once the delay is a minute, one of them comes back once a minute, and the
		// other, whose connection has lasted that long, at once.
		if s.connections > 150 {
			t.Errorf("%d connections in an hour, want 150 at most", s.connections)
		}
		t.Logf("%d connections in an hour", s.connections)
	})
}

// A connection that has lasted ten times the next delay begins the backoff anew;
// what is short of that does not. See TestProof for the exact instants.
func TestResetAfterLasting(t *testing.T) {
	delays := func(lasts time.Duration) []time.Duration {
		var got []time.Duration
		onSite(t, robust.Config{Policy: robust.Forever(robust.Backoff{})}, func(s *site) {
			s.link.Down()
			connected := s.begin(func() { _, err := s.Connect(s.ctx, true); s.must(err) })
			s.pass(10 * time.Second) // attempts after 0, 1, 3 and 7 s
			s.link.Up()
			s.join(connected, time.Minute)
			s.pass(lasts)
			s.link.Down()
			pinged := s.begin(func() { s.must(s.Ping(s.ctx)) })
			s.pass(30 * time.Second)
			s.link.Up()
			s.join(pinged, time.Minute)
			for _, a := range s.attempts {
				got = append(got, a.Delay)
			}
		})
		return got
	}
	const s = time.Second
	if got, want := delays(150*s), []time.Duration{0, s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s}; !slices.Equal(got, want) {
		t.Errorf("after a short connection: delays of %v, want %v", got, want)
	}
	if got, want := delays(170*s), []time.Duration{0, s, 2 * s, 4 * s, 8 * s, 0, s, 2 * s, 4 * s, 8 * s, 16 * s}; !slices.Equal(got, want) {
		t.Errorf("after one that has lasted: delays of %v, want %v", got, want)
	}
}
