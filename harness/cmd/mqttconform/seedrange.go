package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A seedRange is a flag: seeds from one to another, both included.
type seedRange struct{ from, to uint64 }

// String implements [pflag.Value].
func (r *seedRange) String() string {
	if r.from == 0 {
		return ""
	}
	return fmt.Sprintf("%d-%d", r.from, r.to)
}

// Type implements [pflag.Value].
func (r *seedRange) Type() string { return "A-B" }

// Set implements [pflag.Value].
func (r *seedRange) Set(text string) error {
	a, b, _ := strings.Cut(text, "-")
	from, errA := strconv.ParseUint(a, 10, 63)
	to, errB := strconv.ParseUint(b, 10, 63)
	if errA != nil || errB != nil || from == 0 || from > to {
		return errors.New("it is A-B, with A from 1 to B, such as 1-1000")
	}
	r.from, r.to = from, to
	return nil
}
