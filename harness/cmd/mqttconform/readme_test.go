package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// word is a word of a command line, with quotes or without.
var word = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`)

// Each command line in the pages for users names a command and flags that there are.
func TestReadmeCommands(t *testing.T) {
	for _, file := range []string{"../../../README.md", "../../peers/shims/README.md"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(b), "\\\n", " ")
		found := 0
		for _, m := range regexp.MustCompile("(?m)(?:^(?:go run \\./harness/cmd/|      - run: )?|`)mqttconform ([^`\n]+)").FindAllStringSubmatch(text, -1) {
			line, _, _ := strings.Cut(m[1], "  #")
			line, _, _ = strings.Cut(line, " > ")
			words := word.FindAllString(line, -1)
			for i, w := range words {
				words[i] = strings.Trim(w, `'"`)
			}
			found++
			if words[0] == "help" {
				words = words[1:]
			}
			c, ok := find(words[0])
			if !ok {
				t.Errorf("%s: %q names no command", file, line)
				continue
			}
			flags, _ := c.make(app{})
			if err := flags.Parse(words[1:]); err != nil {
				t.Errorf("%s: %q: %v", file, line, err)
			}
			if flags.ArgsLenAtDash() >= 0 && !c.runs {
				t.Errorf("%s: %q: %s takes no command after --", file, line, c.name)
			}
		}
		if found < 3 {
			t.Errorf("%s has %d command lines", file, found)
		}
	}
}
