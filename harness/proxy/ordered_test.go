package proxy

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// An ordered set has what a sorted slice has, whatever is added and removed.
func TestOrdered(t *testing.T) {
	for name, most := range map[string]int{"few": 5, "a block": mostOfBlock, "many": 3000} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(most)))
			o := ordered[int]{compare: cmp.Compare[int]}
			var want []int
			for step := range 20_000 {
				v := r.IntN(2 * most)
				i, found := slices.BinarySearch(want, v)
				grows := step/most%2 == 0 // and shrinks again
				switch {
				case !found && (grows || len(want) == 0):
					o.add(v)
					want = slices.Insert(want, i, v)
				case found && grows:
					continue
				case !found:
					o.remove(v) // it has none
					v = want[i%len(want)]
					fallthrough
				default:
					o.remove(v)
					i, _ = slices.BinarySearch(want, v)
					want = slices.Delete(want, i, i+1)
				}
				if o.n != len(want) {
					t.Fatalf("step %d: %d values, want %d", step, o.n, len(want))
				}
				if k := len(want); k > 0 {
					k = r.IntN(k)
					if got := o.at(k); got != want[k] {
						t.Fatalf("step %d: value %d is %d, want %d", step, k, got, want[k])
					}
				}
				if step%97 == 0 {
					sameAll(t, &o, want, r.IntN(2*most), r.IntN(2*most))
				}
			}
		})
	}
}

// sameAll compares all values, and those between two.
func sameAll(t *testing.T, o *ordered[int], want []int, after, last int) {
	t.Helper()
	if got := o.all(nil); !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	some := slices.DeleteFunc(slices.Clone(want), func(v int) bool { return v <= after || v > last })
	if got := o.between(nil, after, last); !slices.Equal(got, some) {
		t.Fatalf("between %d and %d: %v, want %v", after, last, got, some)
	}
	for _, b := range o.blocks {
		if len(b) > mostOfBlock {
			t.Fatalf("a block of %d", len(b))
		}
	}
}
