package process

import (
	"encoding/json"
	"strings"
	"testing"
)

// A list without elements is an empty list in a request, and not null, which a shim need not understand.
func TestEmptyLists(t *testing.T) {
	for name, r := range map[string]any{"subscribe": newSubscribeRequest(nil), "unsubscribe": newUnsubscribeRequest(nil)} {
		b, err := json.Marshal(r)
		if err != nil || !strings.Contains(string(b), `"filters":[]`) {
			t.Errorf("%s: %s, %v; want an empty list of filters", name, b, err)
		}
	}
}
