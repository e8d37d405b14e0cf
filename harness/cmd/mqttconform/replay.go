package main

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"umqtt/harness/play"
)

// replay knows how a run was asked for.
type replay struct {
	flags *runFlags
	args  []string
}

// command returns the command line that plays one result again.
func (r replay) command(res *play.Result) string {
	words := []string{"mqttconform", "run", "--world", string(res.World), "--seed", fmt.Sprint(res.Seed),
		"--subject", strings.TrimSuffix(res.Subject, "+"+r.flags.mutant), "--filter", literal(res.Scenario.Name)}
	if r.flags.mutant != "" {
		words = append(words, "--mutant", r.flags.mutant)
	}
	if r.flags.settle > 0 {
		words = append(words, "--settle", r.flags.settle.String())
	}
	if r.flags.strict {
		words = append(words, "--strict")
	}
	for _, arg := range r.args {
		if reaches(arg, res.Scenario.File) {
			words = append(words, arg)
			break
		}
	}
	for i, w := range words {
		words[i] = quoted(w)
	}
	return strings.Join(words, " ")
}

// reaches reports whether a file or directory that was named is a scenario's file or contains it.
func reaches(arg, file string) bool {
	at := path.Clean(filepath.ToSlash(arg))
	return at == "." || path.Clean(file) == at || strings.HasPrefix(file, strings.TrimSuffix(at, "/")+"/")
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:=,@%+-]+$`)

// quoted returns a word as a shell reads it.
func quoted(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
