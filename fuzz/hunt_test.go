package fuzz

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// A finder is the part of a testing.T that checks use, so that a test can ask whether a check finds something.
type finder interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// findings collects what a check finds.
type findings []string

func (f *findings) Helper() {}

func (f *findings) Errorf(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

func (f *findings) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	panic(f)
}

// found runs a check and returns what it finds.
func found(check func(finder)) (f findings) {
	defer func() {
		if r := recover(); r != nil && r != any(&f) {
			panic(r)
		}
	}()
	check(&f)
	return f
}

// hunt holds a target to finding a defect that was planted: the seeds, changed at random as a fuzzer changes them,
// must find nothing in what is sound, and something in what is broken, whose text contains want. The random numbers
// are the same in every run.
func hunt(t *testing.T, want string, seeds [][]byte, tries int, sound, broken func(finder, []byte)) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	for n := range tries {
		input := slices.Clone(seeds[n%len(seeds)])
		if n >= len(seeds) {
			input = mutate(rnd, input, seeds)
		}
		if sound != nil {
			if f := found(func(f finder) { sound(f, input) }); len(f) > 0 {
				t.Fatalf("%q finds in what is sound: %s", input, strings.Join(f, "\n"))
			}
		}
		f := found(func(f finder) { broken(f, input) })
		if len(f) > 0 {
			if text := strings.Join(f, "\n"); !strings.Contains(text, want) {
				t.Fatalf("%q finds %s\nwant a text with %q", input, text, want)
			}
			return
		}
	}
	t.Errorf("%d inputs do not find the planted defect", tries)
}

// mutate changes an input in a few places.
func mutate(rnd *rand.Rand, b []byte, seeds [][]byte) []byte {
	for range 1 + rnd.IntN(3) {
		at := rnd.IntN(len(b) + 1)
		switch rnd.IntN(6) {
		case 0: // a bit
			if at < len(b) {
				b[at] ^= 1 << rnd.IntN(8)
			}
		case 1: // a byte
			if at < len(b) {
				b[at] = byte(rnd.IntN(256))
			}
		case 2: // one more
			b = slices.Insert(b, at, byte(rnd.IntN(256)))
		case 3: // fewer
			b = slices.Delete(b, at, min(len(b), at+1+rnd.IntN(4)))
		case 4: // the end is missing
			b = b[:at]
		case 5: // a part of another one
			other := seeds[rnd.IntN(len(seeds))]
			from := rnd.IntN(len(other) + 1)
			b = slices.Insert(b, at, other[from:min(len(other), from+1+rnd.IntN(16))]...)
		}
	}
	return b
}
