package golden_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain has the collector run less often, unless GOGC says otherwise: the goldens are of some four thousand runs.
func TestMain(m *testing.M) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300)
	}
	os.Exit(m.Run())
}
