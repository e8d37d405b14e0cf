package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// binarySize is the size of a stripped program that connects, subscribes and publishes. It is the same every
// time, so it is taken once.
func binarySize(_ *env, client string) (int, values, error) {
	size, err := built(client)
	if err != nil {
		return 0, nil, err
	}
	none, err := built("none")
	if err != nil {
		return 0, nil, err
	}
	return 1, values{"file-B": size, "added-B": size - none}, nil
}

// built builds a program of the folder minimal and returns its size in bytes.
func built(name string) (float64, error) {
	dir, err := os.MkdirTemp("", "umqtt-bench-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "program")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, "umqtt/harness/peers/bench/minimal/"+name)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%v: %s", err, out)
	}
	info, err := os.Stat(file)
	if err != nil {
		return 0, err
	}
	return float64(info.Size()), nil
}
