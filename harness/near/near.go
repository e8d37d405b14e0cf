// Package near finds the name that somebody most likely meant, for messages about names that do not
// exist.
//
//	if word := near.Word("suback_codes", names); word != "" {
//		fmt.Printf("did you mean %s?\n", word)
//	}
package near

import "strings"

// Word returns the name that is few typing mistakes away from word, whatever their case: one, and one more
// for every three letters. It returns "" if there is none, and of several that are equally near the first.
func Word(word string, names []string) string {
	best, least := "", len(word)/3+2
	for _, name := range names {
		if n := Mistakes(strings.ToLower(word), strings.ToLower(name)); n < least {
			best, least = name, n
		}
	}
	return best
}

// Mistakes counts the letters to insert, delete, change or swap with their neighbour between a and b.
func Mistakes(a, b string) int {
	x, y := []rune(a), []rune(b)
	var before []int
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		next := make([]int, len(y)+1)
		next[0] = i + 1
		for j := range y {
			change := row[j]
			if x[i] != y[j] {
				change++
			}
			next[j+1] = min(change, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(y)]
}
