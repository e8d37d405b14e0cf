package scenario

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// A file that would take memory or time without end is refused with a message that says what is too much.
func TestParseBounds(t *testing.T) {
	many := func(n int, step string) string { return header + "steps:\n" + strings.Repeat("  - "+step+"\n", n) }
	table := func(cases int, with, step string, steps int) string {
		var b strings.Builder
		b.WriteString(header + "cases:\n")
		for i := range cases {
			fmt.Fprintf(&b, "  c%d: {with: {v: %s}}\n", i, with)
		}
		return b.String() + "steps:\n" + strings.Repeat("  - "+step+"\n", steps)
	}
	list := "[" + strings.Repeat("1, ", 2000) + "1]"
	for _, test := range []struct{ reason, file, want string }{
		{"as many steps as a file may have", many(maxSteps, "wait: 1s"), ""},
		{"a step too many", many(maxSteps+1, "wait: 1s"), "x.yaml:5:3: steps: 20001 of them, in each of 1 cases, are more than 20000"},
		{"a large file", many(1_500_000, "wait: 1s"), "x.yaml:1:1: the file has more than 8388608 bytes"},
		{"as large as a file may be", header + "note: " + strings.Repeat("x", MaxFile-len(header)-60) + "\nsteps:\n  - wait: 1s\n", ""},
		{"many values", many(1, "fault split: {packet: PUBLISH, sizes: ["+strings.Repeat("1,", 1<<19)+"1]}"), "x.yaml:1:1: the file has 524304 line ends, commas, colons and brackets; a scenario has at most 524288"},
		{"deep values", many(1, strings.Repeat("- ", 1<<19)+"x"), "x.yaml:1:1: the file has 524298 line ends, commas, colons and brackets; a scenario has at most 524288"},
		{"many cases of many steps", table(201, "1s", "wait: $v", 100), "x.yaml:207:3: steps: 100 of them, in each of 201 cases, are more than 20000"},
		{"a large value used often", table(10, list, "fault split: {packet: PUBLISH, sizes: $v}", 100), "x.yaml:6:3: cases: the values that stand in place of variables are more than 262144 up to here, all cases together"},
		{"as much payload as a scenario may have", many(4, "client publish: {topic: t, payload_size: 16777216}"), ""},
		{"a byte too many", many(4, "client publish: {topic: t, payload_size: 16777216}") + "  - client publish: {topic: t, payload_size: 1}\n",
			"x.yaml:9:46: payload_size: the payloads of the scenario come to 67108865 bytes here; at most 67108864"},
		{"as much fill", many(1025, "send raw: {hex: c0 00, fill: 65535}"), "x.yaml:1029:34: fill: the payloads of the scenario come to 67173375 bytes here; at most 67108864"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := ParseAll("x.yaml", []byte(test.file))
			runtime.ReadMemStats(&after)
			got := ""
			if err != nil {
				got, _, _ = strings.Cut(err.Error(), "\n")
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 400 {
				t.Errorf("reading it takes %d MiB", mb)
			}
		})
	}
}

// Large payloads share their bytes.
func TestPatternIsShared(t *testing.T) {
	Pattern(1 << 20)
	if n := testing.AllocsPerRun(10, func() { Pattern(1 << 20) }); n != 0 {
		t.Errorf("%v allocations for a pattern that is there", n)
	}
}
