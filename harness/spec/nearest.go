package spec

import (
	"strings"

	"umqtt/harness/near"
)

// maxEdits is how many mistakes an id may be away and still be taken for a slip.
const maxEdits = 2

// Nearest returns the known id that is most similar to id, for error messages, or "" if none is similar. It
// ignores case, surrounding brackets and a missing or doubled MQTT-. Of several equally similar ids it
// returns the first in the order of the tables.
func Nearest(id string) string {
	want := bare(id)
	best, least := "", maxEdits+1
	for _, r := range All() {
		if d := near.Mistakes(want, bare(r.ID)); d < least {
			best, least = r.ID, d
		}
	}
	return best
}

// bare reduces an id to the part in which two ids can differ.
func bare(id string) string {
	id = strings.ToLower(strings.Trim(id, "[] \t"))
	for strings.HasPrefix(id, "mqtt-") {
		id = id[len("mqtt-"):]
	}
	return id
}
