package world

import (
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A goroutine inherits the label of the one that starts it, and has no other's.
func TestLabelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end, other := make(chan struct{}), make(chan struct{})
		label := Labelled(func() {
			for range 2 {
				go waits(end)
			}
		})
		second := Labelled(func() { waitsElsewhere(other) })
		go waits(end) // without a label
		if label == second {
			t.Errorf("two calls return the label %s", label)
		}
		synctest.Wait()
		stacks := WithLabel(label)
		if !strings.HasPrefix(stacks, "goroutines with this stack: 2\n") || !strings.Contains(stacks, "world.waits\n\t") || strings.Contains(stacks, "waitsElsewhere") {
			t.Errorf("the first label has\n%s", stacks)
		}
		if place := regexp.MustCompile(`world\.waits\n\t/\S*/leak_test\.go:\d+\n`); !place.MatchString(stacks + "\n") {
			t.Errorf("the first label lacks the place in\n%s", stacks)
		}
		if stacks := WithLabel(second); !strings.HasPrefix(stacks, "goroutines with this stack: 1\n") || !strings.Contains(stacks, "world.waitsElsewhere\n\t") || strings.Contains(stacks, "world.waits\n\t") {
			t.Errorf("the second label has\n%s", stacks)
		}
		for label, want := range map[string]int{label: 2, second: 1, "none": 0} {
			if n := CountLabel(label); n != want {
				t.Errorf("%d goroutines have the label %s, want %d", n, label, want)
			}
		}
		close(end)
		synctest.Wait()
		if stacks := WithLabel(label); stacks != "" {
			t.Errorf("the first label still has\n%s", stacks)
		}
		close(other)
	})
}

// Groups of different stacks are shown one after the other.
func TestWithLabelGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		label := Labelled(func() { go waits(end); waitsElsewhere(end) })
		synctest.Wait()
		stacks := WithLabel(label)
		if strings.Count(stacks, "goroutines with this stack: 1\n") != 2 || strings.Count(stacks, "\n\ngoroutines with") != 1 || strings.TrimSpace(stacks) != stacks {
			t.Errorf("the label has\n%s", stacks)
		}
		if n := CountLabel(label); n != 2 {
			t.Errorf("%d goroutines have the label, want 2", n)
		}
		close(end)
	})
}

//go:noinline
func waits(end <-chan struct{}) { <-end }

//go:noinline
func waitsElsewhere(end <-chan struct{}) { <-end }

// Those that wait for the same profile share it, and none gets one that began before it asked.
func TestProfilesAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p profiler
		p.free = time.Now().Add(time.Second)
		end := make(chan struct{})
		label := Labelled(func() { waits(end) })
		var done sync.WaitGroup
		got := make([][]string, 8)
		for i := range got {
			done.Go(func() { got[i] = p.profile() })
		}
		done.Wait()
		for i := range got {
			if withLabel(label, got[i]) == "" {
				t.Errorf("profile %d does not have the goroutine", i)
			}
			if &got[i][0] != &got[0][0] {
				t.Errorf("0 and %d are two profiles", i)
			}
		}
		close(end)
		synctest.Wait()
		if stacks := withLabel(label, p.profile()); stacks != "" {
			t.Errorf("a later one has what has ended before:\n%s", stacks)
		}
	})
}

func TestLeaked(t *testing.T) {
	for _, tt := range []struct {
		name     string
		after    time.Duration // when the goroutine ends
		min, max time.Duration // how long Leaked waits
		leaks    bool
	}{
		{"ends before", 0, 0, 0, false},
		{"ends at once", time.Millisecond, time.Millisecond, 3 * time.Millisecond, false},
		{"ends in time", 1900 * time.Millisecond, 1900 * time.Millisecond, 4 * time.Second, false},
		{"ends too late", time.Hour, 2*time.Second + 1, 4200 * time.Millisecond, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				end := make(chan struct{})
				stop := sync.OnceFunc(func() { close(end) })
				defer stop()
				label := Labelled(func() { waits(end) })
				if tt.after > 0 {
					time.AfterFunc(tt.after, stop)
				} else {
					stop()
				}
				synctest.Wait()
				start := time.Now()
				stacks := new(profiler).leaked(label)
				if leaks := strings.Contains(stacks, "world.waits\n\t"); leaks != tt.leaks || stacks != "" && !leaks {
					t.Errorf("leaks: %t, want %t:\n%s", leaks, tt.leaks, stacks)
				}
				if d := time.Since(start); d < tt.min || d > tt.max {
					t.Errorf("Leaked waits for %v, want %v to %v", d, tt.min, tt.max)
				}
			})
		})
	}
}
