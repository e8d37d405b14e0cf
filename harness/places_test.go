package harness

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// No more have a place than there are, and of those that wait the one that takes longest is the next; of several, the
// one that came first.
func TestPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := places{free: 2}
		var mu sync.Mutex
		var order []int
		for i, takes := range []time.Duration{1, 1, 3, 7, 5, 7, 9} {
			p.run(takes, func() {
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				time.Sleep(time.Hour + time.Duration(i)*time.Minute)
			})
			synctest.Wait()
		}
		mu.Lock()
		if want := []int{0, 1}; !slices.Equal(order, want) {
			t.Errorf("%v have a place at once, want %v", order, want)
		}
		mu.Unlock()
		time.Sleep(10 * time.Hour)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if want := []int{0, 1, 6, 3, 5, 4, 2}; !slices.Equal(order, want) {
			t.Errorf("the order is %v, want %v", order, want)
		}
		if p.free != 2 || len(p.waiting) != 0 {
			t.Errorf("at last %d places are free and %d wait", p.free, len(p.waiting))
		}
	})
}
