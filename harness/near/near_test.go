package near_test

import (
	"testing"

	"umqtt/harness/near"
)

func TestMistakes(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"abc", "abc", 0}, {"", "abc", 3}, {"abc", "", 3},
		{"abc", "abd", 1}, {"abc", "abcd", 1}, {"abc", "bc", 1},
		{"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ä", "a", 1},
	} {
		if got := near.Mistakes(tt.a, tt.b); got != tt.want {
			t.Errorf("Mistakes(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestWord(t *testing.T) {
	names := []string{"connect", "disconnect", "publish", "PUBACK"}
	for word, want := range map[string]string{
		"conect":    "connect",
		"Publish":   "publish",
		"puback":    "PUBACK",
		"pbulsih":   "publish",
		"publisher": "publish",
		"x":         "",
		"wait":      "",
		"":          "",
	} {
		if got := near.Word(word, names); got != want {
			t.Errorf("Word(%q) = %q, want %q", word, got, want)
		}
	}
	if got := near.Word("ac", []string{"ab", "ad"}); got != "ab" {
		t.Errorf("of two equally near names %q, want the first", got)
	}
}
