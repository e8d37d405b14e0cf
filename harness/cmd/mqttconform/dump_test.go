package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/scenario"
)

// A dump of goroutines has its first lines, and says how many are left out.
func TestFirstLines(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""}, {"a\nb", "a\nb"}, {"a\nb\nc", "a\nb\n… (3 lines)"}, {"a\nb\nc\nd\n", "a\nb\n… (4 lines)"},
	} {
		if got := firstLines(tt.text, 2); got != tt.want {
			t.Errorf("firstLines(%q, 2) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

// Of many plays that do not end, one is dumped.
func TestDumpOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dump bytes.Buffer
		never := func(job) *judge.Result { time.Sleep(time.Hour); return nil }
		p := pool{workers: 3, timeout: time.Minute, play: never, world: scenario.Real, dump: &dump}
		n := 0
		p.run(someJobs(3), nil, func(*judge.Result) { n++ })
		if dumps := strings.Count(dump.String(), "mqttconform: "); dumps != 1 || n != 3 {
			t.Errorf("%d dumps of %d plays", dumps, n)
		}
		time.Sleep(time.Hour) // what was given up ends after all
	})
}
