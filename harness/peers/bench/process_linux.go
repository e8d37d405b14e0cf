package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// cpuTime is the time that the threads of the worker have run so far, in the kernel as well.
func (p *process) cpuTime() time.Duration {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.cmd.Process.Pid))
	var all time.Duration
	for _, f := range files {
		b, _ := os.ReadFile(f)
		field, _, _ := bytes.Cut(b, []byte(" "))
		ns, _ := strconv.ParseInt(string(field), 10, 64)
		all += time.Duration(ns)
	}
	return all
}

// memory is how many bytes of the worker are in memory.
func (p *process) memory() int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(string(fields[1]))
	return pages * os.Getpagesize()
}
