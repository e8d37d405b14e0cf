package scenario

import (
	"path"
	"strings"
)

// Match reports whether a pattern matches a whole name. It is [path.Match], but that a star, a question mark
// and a class also match slashes: * is any text and ? any character, [a-z] one of these, [^a-z] one of the
// others, and \ before a character that character itself. "qos1/*" is a behaviour, "*lost*" whatever has the
// word in it. The pattern is checked to its end whatever the name is; the error is [path.ErrBadPattern].
func Match(pattern, name string) (bool, error) {
	flat := strings.NewReplacer("/", "\x00")
	return path.Match(flat.Replace(pattern), flat.Replace(name))
}

// Matches reports whether a pattern of [Match] selects the scenario: it matches its name, one of its aliases or,
// for a case, the name of the table that the case stands in, and then selects all cases of that.
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
