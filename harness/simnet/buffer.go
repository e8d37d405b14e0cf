package simnet

// buffer is a ring of bytes that grows up to a limit and never shrinks, so that
// steady traffic allocates nothing.
type buffer struct {
	ring  []byte
	head  int // index of the oldest byte
	n     int // bytes held
	limit int // most bytes held, 0 for no limit
}

// minRing is the size of a ring's first allocation, unless the limit is smaller.
const minRing = 512

// put appends as much of p as the limit allows and tells how much that was.
func (b *buffer) put(p []byte) int {
	if b.limit > 0 {
		p = p[:min(len(p), max(b.limit-b.n, 0))]
	}
	b.grow(b.n + len(p))
	if len(p) == 0 {
		return 0
	}
	tail := (b.head + b.n) % len(b.ring)
	k := copy(b.ring[tail:], p)
	copy(b.ring, p[k:])
	b.n += len(p)
	return len(p)
}

// take moves up to len(p) of the oldest bytes into p and tells how many.
func (b *buffer) take(p []byte) int {
	p = p[:min(len(p), b.n)]
	if len(p) == 0 {
		return 0
	}
	k := copy(p, b.ring[b.head:])
	copy(p[k:], b.ring)
	b.n -= len(p)
	b.head = (b.head + len(p)) % len(b.ring)
	return len(p)
}

// drop forgets all bytes and releases the ring.
func (b *buffer) drop() {
	b.ring, b.head, b.n = nil, 0, 0
}

// grow makes room for need bytes in all.
func (b *buffer) grow(need int) {
	if need <= len(b.ring) {
		return
	}
	size := max(2*len(b.ring), minRing, need)
	if b.limit > 0 {
		size = min(size, b.limit)
	}
	ring := make([]byte, size)
	n := b.n
	b.take(ring[:n])
	b.ring, b.head, b.n = ring, 0, n
}
