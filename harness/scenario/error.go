package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// An Error is one mistake in a scenario file. Load, Parse and ParseAll return all of them, joined, in the
// order of their positions.
type Error struct {
	// File is the file's path as the loader saw it.
	File string
	// Line and Col count from 1, columns in characters.
	Line, Col int
	// Other is the path of a second file that the mistake is about, or "".
	Other string
	// Msg names the field, what is wrong with it and what is allowed.
	Msg string
}

// Error returns file:line:col: msg.
func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg) }

// join sorts the mistakes of one file and joins them; nil when there are none.
func join(errs []*Error) error {
	slices.SortStableFunc(errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	all := make([]error, len(errs))
	for i, e := range errs {
		all[i] = e
	}
	return errors.Join(all...)
}

// suggest ends a message about a name that is none of names: with the nearest one where one is near,
// else with all of them.
func suggest(name string, names []string) string {
	return cmp.Or(perhaps(name, names), "; it may be "+list(names))
}

// list writes names as a list to choose from.
func list(names []string) string {
	switch len(names) {
	case 0:
		return "nothing"
	case 1:
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
