package explore_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain has the collector run less often, unless GOGC says otherwise: these tests play some ten thousand scenarios,
// each of which leaves much behind.
func TestMain(m *testing.M) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	os.Exit(m.Run())
}
