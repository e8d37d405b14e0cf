package process

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"umqtt/harness/spec"
)

// The wall clock of a process that runs is where it is set, and time goes on from there.
func TestClockMoves(t *testing.T) {
	perl, err := exec.LookPath("perl")
	if err != nil || faketime() == "" {
		t.Skip("it needs libfaketime, and perl to look at the clock")
	}
	k, err := newClock()
	if err != nil {
		t.Fatal(err)
	}
	defer k.remove()
	cmd := exec.Command(perl, "-e", `$| = 1; while (<STDIN>) { print time, "\n" }`)
	cmd.Env = append(os.Environ(), k.env()...)
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer in.Close()
	lines := bufio.NewReader(out)
	shown := func() time.Time {
		t.Helper()
		io.WriteString(in, "\n")
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		sec, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return time.Unix(sec, 0)
	}
	for _, moved := range []time.Duration{0, time.Hour, -8760 * time.Hour, 1500 * time.Millisecond, 0} {
		if err := k.set(moved); err != nil {
			t.Fatal(err)
		}
		if off := time.Until(shown()) - moved; off < -3*time.Second || off > 3*time.Second {
			t.Errorf("moved by %v the clock is off by %v", moved, off)
		}
	}
	dir := k.dir
	k.remove()
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}

// The harness says of a process that its clock can be set, where it can.
func TestWithClock(t *testing.T) {
	said := []spec.Feature{spec.QoS1}
	got := fmt.Sprint(withClock(said))
	want := "[qos1]"
	if faketime() != "" {
		want = "[qos1 wall-clock]"
	}
	if got != want || len(said) != 1 {
		t.Errorf("features %s, want %s", got, want)
	}
}
