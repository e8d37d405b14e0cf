package simnet_test

import (
	"testing"
	"testing/synctest"
	"time"

	"umqtt/harness/simnet"
)

// tick is long enough that a machine under load keeps two of them apart.
const tick = 50 * time.Millisecond

// A wait ends when its deadline says, however the deadline came about.
func TestDeadlines(t *testing.T) {
	at := func(d time.Duration) time.Time { return time.Now().Add(d) }
	tests := []struct {
		name   string
		before time.Duration // deadline at the begin of the wait, 0 for none
		during time.Duration // deadline set while waiting, 0 for none
		after  time.Duration // when the wait must end
	}{
		{"past", -time.Hour, 0, 0},
		{"future", tick, 0, tick},
		{"set while waiting", 0, tick, tick},
		{"put into the past while waiting", time.Hour, -time.Hour, 0},
		{"brought forward while waiting", time.Hour, tick, tick},
		{"put off while waiting", tick, 3 * tick, 3 * tick},
	}
	ops := []struct {
		name string
		op   func(*simnet.Conn) func([]byte) (int, error)
		set  func(*simnet.Conn, time.Time) error
	}{
		{"Read", func(c *simnet.Conn) func([]byte) (int, error) { return c.Read }, (*simnet.Conn).SetReadDeadline},
		{"Write", func(c *simnet.Conn) func([]byte) (int, error) { return c.Write }, (*simnet.Conn).SetWriteDeadline},
		{"Read, both set", func(c *simnet.Conn) func([]byte) (int, error) { return c.Read }, (*simnet.Conn).SetDeadline},
		{"Write, both set", func(c *simnet.Conn) func([]byte) (int, error) { return c.Write }, (*simnet.Conn).SetDeadline},
	}
	for _, tt := range tests {
		for _, op := range ops {
			t.Run(tt.name+"/"+op.name, func(t *testing.T) {
				inBoth(t, func(t *testing.T, w where) {
					c, _ := simnet.Pipe(1)
					if _, err := c.Write([]byte("x")); err != nil {
						t.Fatal(err)
					}
					begin := time.Now()
					if tt.before != 0 {
						if err := op.set(c, at(tt.before)); err != nil {
							t.Fatal(err)
						}
					}
					done := start(op.op(c), []byte("y"))
					if tt.during != 0 {
						w.settle()
						if len(done) > 0 {
							t.Fatalf("it did not wait: %v", <-done)
						}
						begin = time.Now()
						if err := op.set(c, at(tt.during)); err != nil {
							t.Fatal(err)
						}
					}
					if got, want := within(t, done), (result{0, "TIMEOUT"}); got != want {
						t.Errorf("got %v, want %v", got, want)
					}
					w.took(t, begin, tt.after)
				})
			})
		}
	}
}

// Only the direction whose deadline has passed times out, and only until the
// deadline is removed. Bytes that were there stay there.
func TestDeadlineIsOfOneDirection(t *testing.T) {
	inBoth(t, func(t *testing.T, w where) {
		c, peer := simnet.Pipe(0)
		buf := make([]byte, 8)
		if err := c.SetReadDeadline(time.Now().Add(-1)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte("out")); err != nil {
			t.Errorf("Write obeys the read deadline: %v", err)
		}
		if _, err := peer.Write([]byte("in")); err != nil {
			t.Errorf("Write obeys the other end's deadline: %v", err)
		}
		if _, err := c.Read(buf); errName(err) != "TIMEOUT" {
			t.Errorf("Read gave %v after its deadline", err)
		}
		if n, err := c.TryRead(buf[:1]); n != 1 || err != nil {
			t.Errorf("TryRead, which no deadline binds, gave %d, %v", n, err)
		}
		if err := c.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Read(buf); string(buf[:n]) != "n" || err != nil {
			t.Errorf("Read gave %q, %v once the deadline was gone", buf[:n], err)
		}
		if err := c.SetWriteDeadline(time.Now().Add(-1)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte("late")); errName(err) != "TIMEOUT" {
			t.Errorf("Write gave %v after its deadline", err)
		}
	})
}

// At the instant of a deadline the deadline wins, in whatever order the timers
// of that instant run.
func TestDeadlineWinsTie(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			c, peer := simnet.Pipe(0)
			at := time.Now().Add(time.Second)
			time.AfterFunc(time.Second, func() { _, _ = peer.Write([]byte("tie")) })
			if err := c.SetReadDeadline(at); err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 8)
			if n, err := c.Read(buf); errName(err) != "TIMEOUT" {
				t.Fatalf("Read gave %q, %v", buf[:n], err)
			}
			synctest.Wait()
			if n, err := c.TryRead(buf); string(buf[:n]) != "tie" || err != nil {
				t.Errorf("the bytes that came too late are gone: %q, %v", buf[:n], err)
			}
		})
	}
}

// A closed end leaves no timer behind that could touch it, and hours of idling
// with a far deadline cost nothing in a bubble.
func TestDeadlineAfterHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := simnet.Pipe(0)
		begin := time.Now()
		for range 24 {
			if err := c.SetDeadline(time.Now().Add(2 * time.Hour)); err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(time.Hour, func() { _, _ = peer.Write([]byte("x")) })
			if _, err := c.Read(make([]byte, 8)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Read(make([]byte, 8)); errName(err) != "TIMEOUT" {
			t.Fatalf("Read gave %v", err)
		}
		if got := time.Since(begin); got != 25*time.Hour {
			t.Errorf("took %v", got)
		}
	})
}
