package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// halfAPuback cuts the connection within the PUBACK of the client's message.
const halfAPuback = `title: a publish whose PUBACK comes in part
level: may
needs: [qos1]
peer: broker
oracle: strong
steps:
  - fault cut: {how: fin, dir: to_client, nth: 2, at: 2}
  - client connect:
  - client publish: {topic: t/out, qos: 1, payload: a}
`

// The cause of a mutant's failure is shown with the events around it, as text, as JSON and on a page; a scenario that
// passes has none.
func TestCause(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "half.yaml", halfAPuback)
	page := filepath.Join(dir, "cause.html")
	args := []string{"cause", "--subject", "simple", "--mutant", "deep-half-a-puback-is-done", "--runs", "80"}
	got := invoke(t, append(args, "--html", page, file)...).want(t, exitOK)
	for _, part := range []string{
		" 4 < raw 2B", "\ncertain from record 4: raw 2B, server to client\n", " behind it none passed.\n", " continuations tried, ",
	} {
		if !strings.Contains(got.stdout, part) {
			t.Errorf("standard output lacks %q:\n%s", part, got.stdout)
		}
	}
	text := read(t, page)
	for _, part := range []string{"<h4>Became certain here</h4>", "the failure became certain here</text>", "<b>became certain here</b>"} {
		if n := strings.Count(text, part); n != 1 {
			t.Errorf("the page has %q %d times, want once", part, n)
		}
	}
	if again := invoke(t, append(args, file)...); again.stdout != got.stdout {
		t.Errorf("played again:\n%s\nwant:\n%s", again.stdout, got.stdout)
	}
	var causes []struct {
		Event   string `json:"event"`
		Certain int    `json:"certain"`
		Events  []struct{ Record int }
		Tried   int `json:"tried"`
	}
	if err := json.Unmarshal([]byte(invoke(t, append(args, "--json", file)...).want(t, exitOK).stdout), &causes); err != nil {
		t.Fatal(err)
	}
	if len(causes) != 1 || causes[0].Events[causes[0].Certain].Record != 4 || !strings.Contains(got.stdout, causes[0].Event) {
		t.Errorf("as JSON: %+v", causes)
	}
	none := invoke(t, "cause", "--subject", "simple", file).want(t, exitFailed)
	if want := "it does not fail"; !strings.Contains(none.stdout+none.stderr, want) {
		t.Errorf("a scenario that passes: %q, %q, want %q", none.stdout, none.stderr, want)
	}
	invoke(t, "cause").want(t, exitUsage)
	invoke(t, "cause", "--runs", "0", file).want(t, exitUsage)
}
