package judge

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
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

// PrintableJSON returns a JSON text with each character that does not print, other than a newline, escaped: it means the same,
// and cannot steer a terminal either. Go's encoder leaves such characters beyond ASCII as they are.
func PrintableJSON(text []byte) []byte {
	var b []byte
	for i, r := range string(text) {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			if b != nil {
				b = utf8.AppendRune(b, r)
			}
			continue
		case b == nil:
			b = append(make([]byte, 0, len(text)+16), text[:i]...)
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			b = fmt.Appendf(b, `\u%04x`, unit)
		}
	}
	if b == nil {
		return text
	}
	return b
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
