package scenario

import (
	"fmt"
	"slices"
	"strings"
)

// findings gathers the mistakes that the cases of a table have, so that one of the file is reported once.
type findings struct {
	*parser
	cases []string
	list  []*finding
	index map[Error]*finding
}

// A finding is a mistake with the cases that have it.
type finding struct {
	err   *Error
	value bool // it is at a value of a case
	cases []string
}

// add takes the mistakes that q has found in case r.
func (f *findings) add(r *row, q *parser) {
	name := ""
	if r != nil {
		name = r.name
	}
	f.cases = append(f.cases, name)
	if f.index == nil {
		f.index = map[Error]*finding{}
	}
	for _, e := range q.errs {
		one := f.index[*e]
		if one == nil {
			one = &finding{err: e, value: q.values[e]}
			f.index[*e] = one
			f.list = append(f.list, one)
		}
		if !slices.Contains(one.cases, name) {
			one.cases = append(one.cases, name)
		}
	}
}

// among says which cases have a mistake.
func among(cases []string) string {
	if n := len(cases) - 1; n > 0 {
		return fmt.Sprintf(" (in cases %s and %s)", strings.Join(cases[:n], ", "), cases[n])
	}
	return fmt.Sprintf(" (in case %s)", cases[0])
}

// report notes each mistake; one of the file that only some cases have names them.
func (f *findings) report() {
	for _, one := range f.list {
		if !one.value && len(one.cases) < len(f.cases) {
			one.err.Msg += among(one.cases)
		}
		f.errs = append(f.errs, one.err)
	}
}
