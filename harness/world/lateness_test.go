package world

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A lateness is the worst since it was begun, and a probe that is late now counts.
func TestLateness(t *testing.T) {
	first := measure()
	defer first.end()
	late.Lock() // the probe cannot end
	late.due = time.Now().Add(-time.Second)
	late.Unlock()
	if d := first.soFar(); d < time.Second || d > 2*time.Second {
		t.Errorf("the first is %v late, want a second", d)
	}
	for {
		late.Lock()
		on := time.Until(late.due) > -time.Second/2
		late.Unlock()
		if on {
			break
		}
	}
	second := measure()
	defer second.end()
	if d := second.soFar(); d > time.Second/2 {
		t.Errorf("the second is %v late: it counts what was before", d)
	}
	if d := first.soFar(); d < time.Second {
		t.Errorf("the first is %v late: it forgets", d)
	}
}

// A real world tells its own lateness, and a simulated one has none.
func TestWorldLate(t *testing.T) {
	w, err := OverTCP(Config{Name: "a test"})
	if err != nil {
		t.Fatal(err)
	}
	late.Lock()
	late.due = time.Now().Add(-time.Second)
	late.Unlock()
	d := w.Late()
	w.Close()
	if d < time.Second || w.Late() < time.Second {
		t.Errorf("it is %v late, and %v at its end, want a second", d, w.Late())
	}
	if d := (&World{simulated: true}).Late(); d != 0 {
		t.Errorf("a simulated world is %v late", d)
	}
}

// One goroutine measures for all, and none when nobody asks.
func TestLatenessEnds(t *testing.T) {
	for range 3 {
		l := measure()
		l.end()
	}
	deadline := time.Now().Add(5 * time.Second)
	for on := true; on && time.Now().Before(deadline); {
		late.Lock()
		on = late.probes
		late.Unlock()
		on = on || strings.Contains(stacks(), "world.probe(")
	}
	late.Lock()
	if late.probes || len(late.measured) > 0 {
		t.Errorf("it goes on with %d", len(late.measured))
	}
	late.Unlock()
	if strings.Contains(stacks(), "world.probe(") {
		t.Fatal("its goroutine goes on")
	}
	for range 2 {
		defer measure().end()
	}
	if n := strings.Count(stacks(), "world.probe("); n != 1 {
		t.Errorf("%d goroutines measure for two, want 1", n)
	}
}

// The lateness is measured every ten milliseconds, and not without end.
func TestLatenessProbes(t *testing.T) {
	for running := true; running; { // the goroutine of the tests before has ended
		late.Lock()
		running = late.probes
		late.Unlock()
	}
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		l := measure()
		time.Sleep(25 * time.Millisecond)
		late.Lock()
		due := late.due.Sub(begin)
		late.Unlock()
		if due != 30*time.Millisecond {
			t.Errorf("after 25ms the probe ends %v after the beginning, want 30ms", due)
		}
		if d := l.soFar(); d != 0 {
			t.Errorf("virtual time is %v late", d)
		}
		l.end()
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		late.Lock()
		defer late.Unlock()
		if late.probes {
			t.Error("after its end it is still measured")
		}
	})
}
