package capture

// maxCells is the number of cells of the largest alignment table.
const maxCells = 4 << 20

// A step of an alignment: the index of a record in each capture, -1 for none.
type step struct{ got, want int }

// align pairs the records of two captures in order: first those that are equal but for their times,
// as many as possible, then among the rest those that are the same packet with other contents.
func align(got, want []Record) []step {
	head := 0
	for head < len(got) && head < len(want) && got[head].equal(want[head]) {
		head++
	}
	tail := 0
	for tail < len(got)-head && tail < len(want)-head && got[len(got)-1-tail].equal(want[len(want)-1-tail]) {
		tail++
	}
	var steps []step
	for i := range head {
		steps = append(steps, step{i, i})
	}
	g, w := got[head:len(got)-tail], want[head:len(want)-tail]
	for _, s := range refine(g, w, matches(g, w)) {
		steps = append(steps, shift(s, head))
	}
	for i := range tail {
		steps = append(steps, step{len(got) - tail + i, len(want) - tail + i})
	}
	return steps
}

// shift moves a step by n records.
func shift(s step, n int) step {
	if s.got >= 0 {
		s.got += n
	}
	if s.want >= 0 {
		s.want += n
	}
	return s
}

// matches returns the longest common subsequence of two lists of records, as pairs of indices. Of
// lists too long for its table it returns none.
func matches(got, want []Record) []step {
	rows, cols := len(got)+1, len(want)+1
	if rows*cols > maxCells {
		return nil
	}
	table := make([]int32, rows*cols) // length of the longest one of got[i:] and want[j:]
	for i := len(got) - 1; i >= 0; i-- {
		for j := len(want) - 1; j >= 0; j-- {
			n := max(table[(i+1)*cols+j], table[i*cols+j+1])
			if got[i].equal(want[j]) {
				n = table[(i+1)*cols+j+1] + 1
			}
			table[i*cols+j] = n
		}
	}
	var pairs []step
	for i, j := 0, 0; i < len(got) && j < len(want); {
		switch {
		case got[i].equal(want[j]):
			pairs = append(pairs, step{i, j})
			i, j = i+1, j+1
		case table[(i+1)*cols+j] > table[i*cols+j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// refine fills the gaps between matching records: a record of got goes with the next one of want in
// the same gap that is its like, the others stand alone, those of want first.
func refine(got, want []Record, pairs []step) []step {
	var steps []step
	i, j := 0, 0
	for _, end := range append(pairs, step{len(got), len(want)}) {
		for ; i < end.got; i++ {
			for k := j; k < end.want; k++ {
				if got[i].like(want[k]) {
					for ; j < k; j++ {
						steps = append(steps, step{-1, j})
					}
					break
				}
			}
			if j < end.want && got[i].like(want[j]) {
				steps = append(steps, step{i, j})
				j++
			} else {
				steps = append(steps, step{i, -1})
			}
		}
		for ; j < end.want; j++ {
			steps = append(steps, step{-1, j})
		}
		if end.got < len(got) && end.want < len(want) {
			steps = append(steps, end)
			i, j = end.got+1, end.want+1
		}
	}
	return steps
}

// like reports whether r and o are of the same kind, so that they can be compared field by field.
func (r Record) like(o Record) bool {
	if r.Conn != o.Conn || r.Kind != o.Kind || (len(r.Data) > 0) != (len(o.Data) > 0) {
		return false
	}
	if len(r.Data) > 0 {
		return r.Data[0]>>4 == o.Data[0]>>4
	}
	return true
}
