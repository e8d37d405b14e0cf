package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// invoked is what came of one invocation.
type invoked struct {
	code           int
	stdout, stderr string
}

// invoke runs the program in this process, with this test for the simulated world.
func invoke(t *testing.T, args ...string) invoked {
	t.Helper()
	return invokeWith(t, "", args...)
}

func invokeWith(t *testing.T, stdin string, args ...string) invoked {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := app{program: "mqttconform", stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr, host: func(body func(*testing.T) int) int { return body(t) }}
	code := a.run(args)
	return invoked{code, stdout.String(), stderr.String()}
}

// want fails the test when the exit code is another.
func (i invoked) want(t *testing.T, code int) invoked {
	t.Helper()
	if i.code != code {
		t.Fatalf("exit code %d, want %d\nstdout:\n%s\nstderr:\n%s", i.code, code, i.stdout, i.stderr)
	}
	return i
}

// lastLine returns the last line of a text.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return lines[len(lines)-1]
}

// write puts a file into a folder and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
