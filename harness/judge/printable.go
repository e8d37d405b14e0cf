package judge

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns s with each control character, each other character that does not print, and each byte
// that is not UTF-8 written as in a Go string: a newline as \n, ESC as \x1b. What comes from files, panics and
// payloads then cannot steer a terminal. The backslash itself stays as it is.
func Printable(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}

// printableLines is Printable of each line of a text of several lines. Tabs at the beginning of a line, which
// stacks have, become blanks.
func printableLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		rest := strings.TrimLeft(line, "\t")
		lines = append(lines, strings.Repeat("    ", len(line)-len(rest))+Printable(rest))
	}
	return lines
}
