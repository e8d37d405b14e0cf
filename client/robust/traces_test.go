package robust_test

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"umqtt/harness/capture"
)

var tracesFile = flag.String("traces", "", "write the trace of each test with a broker, a line each, to this file")

// traces are what went over the wire in the tests with a broker. Two runs of the
// tests have the same; make determinism compares them.
var traces struct {
	sync.Mutex
	lines []string
}

// keepTrace keeps the trace of a test.
func keepTrace(t *testing.T, c *capture.Capture) {
	traces.Lock()
	defer traces.Unlock()
	traces.lines = append(traces.lines, fmt.Sprintf("%s\t%d packets\t%s\n", t.Name(), len(c.Records), c.Hash()))
}

// TestMain writes the traces. It has the collector run less often, unless GOGC says otherwise: the sweep leaves some
// thousand brokers behind.
func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	code := m.Run()
	if *tracesFile != "" {
		slices.Sort(traces.lines)
		if err := os.WriteFile(*tracesFile, []byte(strings.Join(traces.lines, "")), 0o666); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
