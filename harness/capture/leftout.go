package capture

import "strings"

// Digest stands before the digest in the text of an event that stands for records or bytes that a capture leaves out.
const Digest = ", sha256 "

// LeftOut reports whether the record is an event that stands in place of packets that the capture leaves out: the rounds
// of a repeat between its first and its last two, or a long packet. The packets behind it may belong to those.
func (r Record) LeftOut() bool { return r.Kind == Event && strings.Contains(r.Text, Digest) }
