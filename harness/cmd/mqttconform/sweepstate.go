package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"umqtt/harness/child"
)

// A sweepState is a file of points that were played without a failure: a line that says what it is about, then
// one for each, plan and point with a tab between them. A nil file keeps nothing.
type sweepState struct {
	file *os.File
	done map[string]bool
	err  error // the first of writing
}

// openState reads a state file, or begins one. An empty name is none.
func openState(name, about string) (*sweepState, error) {
	s := &sweepState{done: map[string]bool{}}
	if name == "" {
		return s, nil
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, &setupError{err}
	}
	s.file = f
	lines := bufio.NewScanner(f)
	if !lines.Scan() {
		_, err := fmt.Fprintln(f, about)
		if err != nil {
			return nil, &setupError{err}
		}
		return s, nil
	}
	if lines.Text() != about {
		f.Close()
		return nil, usagef("--state %s: it is of another sweep: %q, not %q", name, lines.Text(), about)
	}
	for lines.Scan() {
		if strings.Contains(lines.Text(), "\t") { // and no line that a kill has left in half
			s.done[lines.Text()] = true
		}
	}
	if err := lines.Err(); err != nil {
		return nil, &setupError{err}
	}
	return s, nil
}

func (s *sweepState) has(plan, point string) bool { return s.done[plan+"\t"+point] }

func (s *sweepState) add(plan, point string) {
	if s.file == nil {
		return
	}
	if _, err := fmt.Fprintf(s.file, "%s\t%s\n", plan, point); err != nil && s.err == nil {
		s.err = err
	}
}

func (s *sweepState) close() {
	if s.file != nil {
		s.file.Close()
	}
}

// sweepWorker is the variable that makes a sweep a worker of another.
const sweepWorker = "UMQTT_SWEEP_WORKER"

// workerCommand returns a function that makes the command of a worker process. It has one processor, for bubbles
// have nothing to do at once, and collects garbage less often.
func workerCommand(exe string, args []string, stderr io.Writer) func() *exec.Cmd {
	stderr = forProcesses(stderr)
	return func() *exec.Cmd {
		cmd := exec.Command(exe, args...)
		cmd.Env = append(os.Environ(), sweepWorker+"=1", "GOMAXPROCS=1", "GOGC=400")
		cmd.Stderr = stderr
		child.Lead(cmd)
		return cmd
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// putFile writes a file, and makes its folder if need be.
func putFile(name string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, b, 0o666)
}
