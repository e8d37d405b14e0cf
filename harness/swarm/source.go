package swarm

import "math/rand/v2"

// A Source makes the choices of a script.
type Source interface {
	// IntN returns a number from 0 up to and without n.
	IntN(n int) int
	// More reports whether the script is to have another action.
	More() bool
}

// Seeded returns the choices of a seed: the same ones every time.
func Seeded(seed uint64) Source {
	rnd := rand.New(rand.NewPCG(seed, 0x5eed))
	return &seeded{rnd: rnd, beside: rand.New(rand.NewPCG(seed, 0xdead)), left: 3 + rnd.IntN(14)}
}

type seeded struct {
	rnd    *rand.Rand
	beside *rand.Rand
	left   int // actions
}

// A besides is a source that makes the choices of some actions apart from the others, so that those do not change what a
// seed chooses else.
type besides interface{ aside() Source }

func (s *seeded) aside() Source { return &seeded{rnd: s.beside} }

func (s oddSource) aside() Source {
	if b, ok := s.Source.(besides); ok {
		return b.aside()
	}
	return nil
}

func (s *seeded) IntN(n int) int { return s.rnd.IntN(n) }

func (s *seeded) More() bool {
	s.left--
	return s.left >= 0
}

// Bytes returns the choices that a byte string makes: each takes one byte, or two where there is much to choose
// from. The script ends with the bytes. Choices behind their end are 0.
func Bytes(b []byte) Source { return &bytes{b} }

type bytes struct{ rest []byte }

func (b *bytes) IntN(n int) int { return (b.next(n > 256)<<8 | b.next(true)) % n }

func (b *bytes) next(wanted bool) int {
	if !wanted || len(b.rest) == 0 {
		return 0
	}
	c := b.rest[0]
	b.rest = b.rest[1:]
	return int(c)
}

func (b *bytes) More() bool { return len(b.rest) > 0 }

// chance reports true in n of 16 cases.
func chance(src Source, n int) bool { return src.IntN(16) < n }

// pick returns one of a list.
func pick[T any](src Source, list ...T) T { return list[src.IntN(len(list))] }

// Odd returns a source that also allows scripts of the unusual kind: options, calls and packets of the server that few
// programs meet. The model knows less of what clients are free to do there, so that what such a script breaks proves
// something only where the same script breaks nothing without the mutant.
func Odd(src Source) Source { return oddSource{src} }

type oddSource struct{ Source }
