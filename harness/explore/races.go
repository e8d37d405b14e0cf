package explore

import (
	"slices"

	"umqtt/harness/proxy"
)

// races looks for moves that could have changed places with one before them and do not commute with it, and wants
// another order at the place before each pair. Moves before first have been looked at.
func races(nodes []*node, first int) {
	behind := make([][]bool, len(nodes)) // behind[j][i]: j stands behind i in each equivalent order
	for j, n := range nodes {
		behind[j] = make([]bool, j)
		var near []int
		for i := j - 1; i >= 0; i-- {
			if behind[j][i] || !follows(nodes[i], n) {
				continue
			}
			near = append(near, i)
			behind[j][i] = true
			for k, b := range behind[i] {
				behind[j][k] = behind[j][k] || b
			}
		}
		for _, i := range near {
			if j >= first && nodes[i].idles == n.idles && !slices.Contains(nodes[i].print.Made, n.move()) {
				reverse(nodes, behind, i, j)
			}
		}
	}
}

// follows reports whether b, made later, stands behind a in each equivalent order.
func follows(a, b *node) bool {
	return a.idles != b.idles || !a.print.Commutes(b.print) || slices.Contains(a.print.Made, b.move())
}

// reverse has an order played in which move j, and what it needs, comes before move i.
func reverse(nodes []*node, behind [][]bool, i, j int) {
	at := nodes[i]
	var between []int // what does not need i
	for k := i + 1; k < j; k++ {
		if !behind[k][i] {
			between = append(between, k)
		}
	}
	var firsts []proxy.Move // what an order of these can begin with
	for _, k := range append(between, j) {
		if !slices.ContainsFunc(between, func(b int) bool { return b < k && behind[k][b] }) {
			firsts = append(firsts, nodes[k].move())
		}
	}
	offered := false
	for _, m := range firsts {
		if slices.Contains(at.todo, m) || sleeps(at.done, m) || sleeps(at.asleep, m) {
			return
		}
		offered = offered || slices.Contains(at.moves, m)
	}
	for _, m := range firsts {
		if slices.Contains(at.moves, m) {
			at.wants(m)
			return
		}
	}
	if len(between) > 0 { // it is not known what makes j possible
		for _, m := range at.moves {
			at.wants(m)
		}
	}
}

// unmade has each move that was never made, since the run ended before, made wherever it could be.
func unmade(nodes []*node, left []proxy.Move) {
	made := map[proxy.Move]bool{}
	for _, n := range nodes {
		made[n.move()] = true
	}
	for _, m := range left {
		if made[m] {
			continue
		}
		for _, n := range nodes {
			if slices.Contains(n.moves, m) {
				n.wants(m)
			}
		}
	}
}
