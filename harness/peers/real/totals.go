package main

import (
	"fmt"
	"os"
	"strings"
)

// totals are how often the whole suite came to what with a client. A scenario that fails only sometimes is counted
// apart, however it went this time, so that the totals are the same each time.
type totals struct {
	passed, failed, sometimes, unsupported, inconclusive int
}

// count returns the totals of a run.
func (e expectation) count(r report) totals {
	var n totals
	for _, res := range r.Results {
		switch f, listed := e.of(res.Scenario); {
		case res.Verdict == "unsupported":
			n.unsupported++
		case listed && f.sometimes:
			n.sometimes++
		case res.Verdict == inconclusive:
			n.inconclusive++
		case res.Verdict == "pass", res.Verdict == "warn", res.Verdict == "info":
			n.passed++
		default:
			n.failed++
		}
	}
	return n
}

// String returns the totals as they stand in a file: "7 passed, 1 failed, 2 unsupported".
func (n totals) String() string {
	s := fmt.Sprintf("%d passed, %d failed", n.passed, n.failed)
	if n.sometimes > 0 {
		s += fmt.Sprintf(", %d unsteady", n.sometimes)
	}
	if n.inconclusive > 0 {
		s += fmt.Sprintf(", %d inconclusive", n.inconclusive)
	}
	return s + fmt.Sprintf(", %d unsupported", n.unsupported)
}

// parseTotals reads what String returns.
func parseTotals(s string) (totals, error) {
	var n totals
	for part := range strings.SplitSeq(s, ", ") {
		var count int
		var word string
		if _, err := fmt.Sscanf(part, "%d %s", &count, &word); err != nil {
			return n, fmt.Errorf("totals %q: %w", s, err)
		}
		switch word {
		case "passed":
			n.passed = count
		case "failed":
			n.failed = count
		case "unsteady":
			n.sometimes = count
		case "inconclusive":
			n.inconclusive = count
		case "unsupported":
			n.unsupported = count
		}
	}
	if n.String() != s {
		return n, fmt.Errorf("totals %q: they are read as %q", s, n)
	}
	return n, nil
}

// writeTotals puts the totals into the file of an expectation, behind its first line.
func writeTotals(file string, n totals) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	const key = "# totals: "
	var lines []string
	for i, line := range strings.SplitAfter(string(b), "\n") {
		if !strings.HasPrefix(line, key) {
			lines = append(lines, line)
		}
		if i == 0 {
			lines = append(lines, key+n.String()+"\n")
		}
	}
	return os.WriteFile(file, []byte(strings.Join(lines, "")), 0o666)
}
