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

// Matches reports whether a pattern of [Match] selects the scenario: it matches its name or, for a case, the
// name of the table that the case stands in, and then selects all cases of that.
func (s *Scenario) Matches(pattern string) (bool, error) {
	match, err := Match(pattern, s.Name)
	if match || s.Case == (Pos{}) {
		return match, err
	}
	return Match(pattern, path.Dir(s.Name))
}
