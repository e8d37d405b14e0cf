package process_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"sync"
	"testing"

	"umqtt/harness/subject"
	"umqtt/harness/subject/process"
)

// TestMain is a shim when the environment says so: the tests start their own binary again.
func TestMain(m *testing.M) {
	name := os.Getenv("UMQTT_TEST_SHIM")
	if name == "" {
		os.Exit(m.Run())
	}
	run, ok := shims[name]
	if !ok {
		run = func() error { return fmt.Errorf("there is no shim %q", name) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// shims are the programs that the tests start.
var shims map[string]func() error

func init() {
	shims = map[string]func() error{"transcript": replayTranscript, "ref": serve(subject.Ref()), "simple": serve(subject.Simple())}
	maps.Copy(shims, misbehaving)
	maps.Copy(shims, leakyShims())
}

// config is the command of a shim.
func config(t *testing.T, shim string, limits process.Limits) process.Config {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return process.Config{Command: []string{exe}, Env: []string{"UMQTT_TEST_SHIM=" + shim}, Limits: limits}
}

// open starts a shim.
func open(t *testing.T, shim string, limits process.Limits) *process.Program {
	t.Helper()
	p, err := process.Open(config(t, shim, limits))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// begin makes the subject of a scenario that has no world.
func begin(t *testing.T, p *process.Program, env subject.Env) subject.Subject {
	t.Helper()
	env.Addr = "127.0.0.1:1883"
	s, err := p.Factory().New(env)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// say writes a line of a shim.
var saying sync.Mutex

func say(v any) {
	saying.Lock()
	defer saying.Unlock()
	json.NewEncoder(os.Stdout).Encode(v)
}

// asked is a request as the shims of these tests read it.
type asked struct {
	ID uint64 `json:"id"`
	Op string `json:"op"`
}

// serve is a subject of this module as a shim.
func serve(f subject.Factory) func() error {
	return func() error { return process.Serve(f, os.Stdin, os.Stdout) }
}

// requests reads the requests of the harness until quit or the end.
func requests(each func(asked)) {
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var r asked
		if err := json.Unmarshal(line, &r); err != nil {
			panic(err)
		}
		if r.Op == "quit" {
			return
		}
		each(r)
	}
}
