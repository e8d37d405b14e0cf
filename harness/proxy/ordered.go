package proxy

import "slices"

// An ordered set holds values in the order that compare gives. The values are in blocks, one behind the other, so that
// to add or remove one among thousands moves few others.
type ordered[T any] struct {
	compare func(a, b T) int
	blocks  [][]T // each has a value, but for the only one
	n       int

	// A set of few values allocates nothing. It must not be copied.
	first  [1][]T
	values [4]T
}

// mostOfBlock is how many values a block has at most.
const mostOfBlock = 128

// place returns where v is, or where it belongs: the block, and the index in it.
func (o *ordered[T]) place(v T) (block, i int, found bool) {
	if o.n == 0 {
		return 0, 0, false
	}
	block, _ = slices.BinarySearchFunc(o.blocks, v, func(b []T, v T) int { return o.compare(b[len(b)-1], v) })
	block = min(block, len(o.blocks)-1)
	i, found = slices.BinarySearchFunc(o.blocks[block], v, o.compare)
	return block, i, found
}

// add adds a value that the set does not have.
func (o *ordered[T]) add(v T) {
	if len(o.blocks) == 0 {
		o.first[0] = o.values[:0]
		o.blocks = o.first[:]
	}
	k, i, _ := o.place(v)
	b := slices.Insert(o.blocks[k], i, v)
	o.blocks[k] = b
	o.n++
	if half := mostOfBlock / 2; len(b) > mostOfBlock {
		o.blocks = slices.Insert(o.blocks, k+1, slices.Clone(b[half:]))
		clear(b[half:])
		o.blocks[k] = b[:half]
	}
}

// remove removes a value, if the set has it.
func (o *ordered[T]) remove(v T) {
	k, i, found := o.place(v)
	if !found {
		return
	}
	o.n--
	if o.blocks[k] = slices.Delete(o.blocks[k], i, i+1); len(o.blocks[k]) == 0 && len(o.blocks) > 1 {
		o.blocks = slices.Delete(o.blocks, k, k+1)
	}
}

// at returns the value that has k others before it.
func (o *ordered[T]) at(k int) T {
	for _, b := range o.blocks {
		if k < len(b) {
			return b[k]
		}
		k -= len(b)
	}
	panic("proxy: the ordered set has no such index")
}

// between appends to vs the values behind after that are not behind last, in order.
func (o *ordered[T]) between(vs []T, after, last T) []T {
	k, i, found := o.place(after)
	if found {
		i++
	}
	for ; k < len(o.blocks); k, i = k+1, 0 {
		for _, v := range o.blocks[k][i:] {
			if o.compare(v, last) > 0 {
				return vs
			}
			vs = append(vs, v)
		}
	}
	return vs
}

// all appends to vs all values, in order.
func (o *ordered[T]) all(vs []T) []T {
	for _, b := range o.blocks {
		vs = append(vs, b...)
	}
	return vs
}
