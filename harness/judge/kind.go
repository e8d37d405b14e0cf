package judge

import (
	"regexp"
	"unicode/utf8"
)

// A Kind says in which way something went wrong. Failures of one kind have the same Reason and a rule in
// common.
type Kind struct {
	// Rules lists the rules that are broken: that of the first of Failure.Proven, or Failure.Covers. It may be empty.
	Rules []string
	// Reason is the message without what differs from case to case: names of calls, values, times, numbers of
	// records, and evidence.
	Reason string
}

// Kind returns the kind of a failure. What a monitor has proven stands for what a step saw, which is often its
// consequence.
func (f *Failure) Kind() Kind {
	if len(f.Proven) > 0 {
		return Kind{[]string{f.Proven[0].ID}, reason(f.Proven[0].Message)}
	}
	return Kind{f.Covers, reason(f.Message)}
}

// maxReason is the length of the longest reason, in characters.
const maxReason = 160

const quotedText = `"(?:[^"\\]|\\.)*"`

// elided has what reason takes out of a message, in this order, and what it puts there.
var elided = []struct {
	what *regexp.Regexp
	with string
}{
	// The name that a scenario gives a call.
	{regexp.MustCompile(`^(connect|publish|subscribe|unsubscribe|ping|disconnect|call) ` + quotedText), "$1"},
	{regexp.MustCompile(quotedText), "…"},
	// Which rule the codec names, and where; where a monitor saw it.
	{regexp.MustCompile(` \[[0-9A-Za-z.-]+\] offset=\d+ found=`), ": "},
	{regexp.MustCompile(` \((?:for )?record \d+(?:, monitor [^)]*)?\)`), ""},
	// How long a step waited.
	{regexp.MustCompile(` within [0-9.~hmsµn]+( of the step before)?`), ""},
	// What came before an end that is missing: it is evidence, and makes no other kind.
	{regexp.MustCompile(`, although it was handed a malformed packet`), ""},
	// The proof that there was no end: what the client was handed, and what of its own shows that it goes on.
	{regexp.MustCompile(`^the client was handed .*, and goes on: its \w+ shows that it has read record \d+`), "the client did not close the connection"},
	{regexp.MustCompile(`(did not close the connection): after [0-9.hmsµn]+ it still answers`), "$1"},
	// Numbers, but those that belong to a word of the standard: $1 is empty for all others.
	{regexp.MustCompile(`\b((?:QoS|DUP|level|UTF|U)[ +-]\d+)|\b\d[0-9a-zA-Z.]*\b`), "$1…"},
	{regexp.MustCompile(`\b((?:QoS|DUP|level|UTF|U)[ +-]\d+)…`), "$1"},
	// Lists.
	{regexp.MustCompile(`…(?:[:, ]+…)+`), "…"},
}

// reason returns a message without what differs from case to case.
func reason(message string) string {
	s := Printable(message)
	for _, e := range elided {
		s = e.what.ReplaceAllString(s, e.with)
	}
	if utf8.RuneCountInString(s) > maxReason {
		s = string([]rune(s)[:maxReason-1]) + "…"
	}
	return s
}
