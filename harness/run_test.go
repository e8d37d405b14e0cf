package harness_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"umqtt/harness"
	"umqtt/harness/scenario"
)

// The built-in subjects behave over real sockets as the scenarios say, and put the same bytes on the
// wire as in the simulated world, which the tests of package golden play. When all have been played, no
// descriptor and no goroutine is left.
func TestBuiltinSubjectsOverTCP(t *testing.T) {
	descriptors, goroutines := openDescriptors(t), runtime.NumGoroutine()
	t.Run("suite", func(t *testing.T) {
		harness.Run(t, harness.Params{World: scenario.Real, Golden: true, Strict: true})
	})
	// The broker's last goroutines may end a moment after it.
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > goroutines && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		buf := make([]byte, 1<<16)
		t.Errorf("%d goroutines, %d before:\n%s", n, goroutines, buf[:runtime.Stack(buf, true)])
	}
	if n := openDescriptors(t); n > descriptors {
		t.Errorf("%d descriptors are open, %d before", n, descriptors)
	}
}

// openDescriptors counts the open files and sockets of this process.
func openDescriptors(t *testing.T) int {
	t.Helper()
	runtime.GC() // os.File values that nobody holds any more close themselves
	dir := "/dev/fd"
	if runtime.GOOS == "linux" {
		dir = "/proc/self/fd"
	}
	open, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}
