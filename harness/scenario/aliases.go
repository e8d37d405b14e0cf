package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// AliasesFile is the file at the root of a suite that lists former names of scenarios. Each line has the old name, a
// tab, and the new name. Names are those of scenarios, of cases, or of tables, which stand for all of their cases.
// Empty lines and lines that begin with # are ignored.
const AliasesFile = "aliases.tsv"

// alias reads the list of old names, if there is one, and adds them to the Aliases of the scenarios. It
// returns an error for each line that is wrong: an old name that is still a scenario's, or has two lines, and
// a new name that is none.
func alias(fsys fs.FS, all []*Scenario) []error {
	b, err := fs.ReadFile(fsys, AliasesFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return []error{err}
	}
	var errs []error
	seen := map[string]bool{}
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		refuse := func(format string, args ...any) {
			errs = append(errs, &Error{File: AliasesFile, Line: n, Col: 1, Msg: fmt.Sprintf(format, args...)})
		}
		before, now, ok := strings.Cut(line, "\t")
		if !ok || before == "" || now == "" || strings.Contains(now, "\t") {
			refuse("want an old name, a tab and a new name")
			continue
		}
		if seen[before] {
			refuse("%s is given twice", before)
			continue
		}
		seen[before] = true
		found := false
		for _, s := range all {
			if _, ok := s.below(before); ok {
				refuse("%s is the name of a scenario", before)
				break
			}
		}
		for _, s := range all {
			if rest, ok := s.below(now); ok {
				s.Aliases = append(s.Aliases, before+rest)
				found = true
			}
		}
		if !found {
			refuse("there is no scenario %s", now)
		}
	}
	return errs
}

// below reports whether name is that of s or of the table that it is a case of; rest is what the case adds.
func (s *Scenario) below(name string) (rest string, ok bool) {
	if s.Name == name {
		return "", true
	}
	if s.Case != (Pos{}) && path.Dir(s.Name) == name {
		return strings.TrimPrefix(s.Name, name), true
	}
	return "", false
}
