package main

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"umqtt/harness/judge"
)

// replay knows how a run was asked for.
type replay struct {
	program string
	flags   *runFlags
	args    []string
}

// command returns the command line that plays one result again.
func (r replay) command(res *judge.Result) string {
	words := []string{"run", "--world", string(res.World), "--seed", fmt.Sprint(res.Seed)}
	if r.flags.client.device != nil {
		words = []string{"serve"}
	}
	if !r.flags.client.given() {
		words = append(words, "--subject", strings.TrimSuffix(res.Subject, "+"+r.flags.mutant))
	}
	words = append(append(words, r.flags.client.flags()...), "--filter", literal(res.Scenario.Name))
	if r.flags.mutant != "" {
		words = append(words, "--mutant", r.flags.mutant)
	}
	if features := r.flags.features.String(); features != "" {
		words = append(words, "--features", features)
	}
	if r.flags.known != "" {
		words = append(words, "--known-failing", r.flags.known)
	}
	if r.flags.settle > 0 {
		words = append(words, "--settle", r.flags.settle.String())
	}
	if r.flags.strict {
		words = append(words, "--strict")
	}
	for _, word := range r.flags.require {
		words = append(words, "--require", word)
	}
	words = append(words, source(r.args, res.Scenario.File)...)
	if r.flags.client.dashed {
		words = append(append(words, "--"), r.flags.client.command...)
	}
	return commandLine(r.program, words)
}

// commandLine returns the program with these arguments as a shell reads it.
func commandLine(program string, args []string) string {
	var b strings.Builder
	b.WriteString(program)
	for _, arg := range args {
		b.WriteString(" " + quoted(arg))
	}
	return b.String()
}

// source returns that of the files and directories named which a scenario's file came from, if any was.
func source(args []string, file string) []string {
	for _, arg := range args {
		if reaches(arg, file) {
			return []string{arg}
		}
	}
	return nil
}

// reaches reports whether a file or directory that was named is a scenario's file or contains it.
func reaches(arg, file string) bool {
	at := path.Clean(filepath.ToSlash(arg))
	return at == "." || path.Clean(file) == at || strings.HasPrefix(file, strings.TrimSuffix(at, "/")+"/")
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:=,@%+-]+$`)

// escapes returns a word with what does not print in octal.
func escapes(word string) string {
	var b strings.Builder
	for i := range len(word) {
		switch c := word[i]; {
		case c == '\'' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// quoted returns a word as a shell reads it.
func quoted(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	if judge.Printable(word) != word {
		return "$'" + escapes(word) + "'" // as bash, ksh and zsh read it
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
