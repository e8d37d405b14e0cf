package main

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"no-puback", "connect-twice", "connect-second", "deaf"}
	for _, tt := range []struct{ word, want string }{
		{"no-puback", "no-puback"},
		{"nopuback", "no-puback"},
		{"connect-twcie", "connect-twice"},
		{"connect", ""},
		{"deaff", "deaf"},
		{"def", "deaf"},
		{"Deaf", "deaf"},
		{"nope", ""},
		{"", ""},
	} {
		if got := nearest(tt.word, names); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.word, got, tt.want)
		}
	}
}

func TestEdits(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"abc", "abc", 0}, {"abc", "", 3}, {"", "abc", 3},
		{"abc", "axc", 1}, {"abc", "ac", 1}, {"abc", "abxc", 1}, {"ab", "ba", 2}, {"kitten", "sitting", 3},
	} {
		if got := edits(tt.a, tt.b); got != tt.want {
			t.Errorf("%s to %s: %d edits, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
