package scenario

import (
	"path"
	"strings"
)

// Match reports whether a pattern matches a whole name. It is path.Match, except that *, ? and classes also match
// slashes: "qos1/*" matches all scenarios of a behaviour, "*lost*" all names that contain the word. The pattern is
// always checked to its end; the error is path.ErrBadPattern.
func Match(pattern, name string) (bool, error) {
	flat := strings.NewReplacer("/", "\x00")
	return path.Match(flat.Replace(pattern), flat.Replace(name))
}

// Matches reports whether a pattern of [Match] matches the scenario's name, one of its aliases or, for a case, the
// name of its table.
func (s *Scenario) Matches(pattern string) (bool, error) {
	for _, name := range append([]string{s.Name}, s.Aliases...) {
		match, err := Match(pattern, name)
		if !match && err == nil && s.Case != (Pos{}) {
			match, err = Match(pattern, path.Dir(name))
		}
		if match || err != nil {
			return match, err
		}
	}
	return false, nil
}
