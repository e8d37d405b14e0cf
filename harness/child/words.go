package child

import "strings"

// mostLines is how many lines LastLines shows of a text.
const mostLines = 10

// LastLines shows the ends of texts, each below its heading. The arguments are a heading, its text, and so on; a
// text that is empty is left out together with its heading. It is what a report shows of a process.
func LastLines(pairs ...string) string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		text := strings.TrimRight(pairs[i+1], "\r\n")
		if text == "" {
			continue
		}
		lines := strings.Split(text, "\n")
		lines = lines[max(0, len(lines)-mostLines):]
		out = append(out, pairs[i]+":")
		for _, line := range lines {
			out = append(out, "\t"+strings.TrimRight(line, "\r"))
		}
	}
	return strings.Join(out, "\n")
}
