package mortal

import "fmt"

// A Doom is where a process dies: before, within or behind the nth thing of a kind that it does.
type Doom struct {
	Op    Op
	Nth   int // from 1 on
	When  Moment
	Bytes int // within a write: how many bytes are written; within a put or delete: how many are missing in a file
}

// Op is a kind of thing that a process does.
type Op string

// The kinds of things of which a process may die.
const (
	Put    Op = "put"    // the store keeps a message
	Delete Op = "delete" // the store removes one
	Clear  Op = "clear"  // the store removes all
	Dial   Op = "dial"   // a connection is opened
	Write  Op = "write"  // bytes are written to it
	Read   Op = "read"   // bytes are read from it
)

// Moment is when it dies of it.
type Moment byte

// The moments.
const (
	Before Moment = iota
	Within
	Behind
)

var moments = []string{"before", "within", "behind"}

// String returns the word for it.
func (m Moment) String() string { return moments[m] }

// ParseMoment is the inverse of [Moment.String]. It returns false for any other word.
func ParseMoment(word string) (Moment, bool) {
	for i, m := range moments {
		if m == word {
			return Moment(i), true
		}
	}
	return 0, false
}

// String says where it is.
func (d Doom) String() string { return fmt.Sprintf("%v the %d. %s", d.When, d.Nth, d.Op) }
