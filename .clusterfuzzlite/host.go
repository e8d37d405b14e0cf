// Package fuzz stands for the package of a fuzz target: build.sh puts this file beside the target, under its package's
// name, and has the target take a *libFuzzerF in place of a *testing.F. libFuzzer then plays the target with a
// *testing.T of package testing, which bubbles of testing/synctest need.
package fuzz

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// libFuzzerF does for a target what a *testing.F does: it takes its seeds and its function.
type libFuzzerF struct {
	testing.TB
	seeds [][]any
	body  reflect.Value
}

// Add takes a seed.
func (f *libFuzzerF) Add(args ...any) { f.seeds = append(f.seeds, args) }

// Fuzz takes the function of the target. It returns at once.
func (f *libFuzzerF) Fuzz(body any) { f.body = reflect.ValueOf(body) }

var libFuzzer struct {
	start sync.Once
	libFuzzerF
}

// libFuzzerPlay plays an input with a target, which is the same in each call, and reports whether it passed. In the
// first call it also writes the target's seeds to the folder of the variable FUZZ_SEEDS, and those of its corpus in
// the folder FUZZ_CORPUS.
func libFuzzerPlay(target func(*libFuzzerF), data []byte) bool {
	every := func(string, string) (bool, error) { return true, nil }
	libFuzzer.start.Do(func() {
		os.Args = os.Args[:1] // the flags are libFuzzer's
		ready := make(chan bool)
		go testing.Main(every, []testing.InternalTest{{Name: "LibFuzzer", F: func(t *testing.T) {
			libFuzzer.TB = t
			target(&libFuzzer.libFuzzerF)
			if dir := os.Getenv("FUZZ_SEEDS"); dir != "" {
				libFuzzer.write(dir, os.Getenv("FUZZ_CORPUS"))
			}
			close(ready)
			select {} // package testing stays set up for RunTests
		}}}, nil, nil)
		<-ready
	})
	return testing.RunTests(every, []testing.InternalTest{{Name: "input", F: func(t *testing.T) {
		args := libFuzzerArgs(libFuzzer.body.Type(), data)
		libFuzzer.body.Call(append([]reflect.Value{reflect.ValueOf(t)}, args...))
	}}})
}

// libFuzzerArgs divides an input into the arguments of a target, which are strings and slices of bytes. Before each
// but the last stand two bytes with its length.
func libFuzzerArgs(body reflect.Type, data []byte) []reflect.Value {
	var args []reflect.Value
	for i := 1; i < body.NumIn(); i++ {
		part := data
		if i < body.NumIn()-1 {
			n := 0
			if len(data) >= 2 {
				n, data = int(binary.BigEndian.Uint16(data)), data[2:]
			}
			n = min(n, len(data))
			part, data = data[:n], data[n:]
		}
		args = append(args, reflect.ValueOf(bytes.Clone(part)).Convert(body.In(i)))
	}
	return args
}

// libFuzzerInput makes an input of arguments.
func libFuzzerInput(args []any) []byte {
	var b []byte
	for i, arg := range args {
		part := reflect.ValueOf(arg).Convert(reflect.TypeFor[[]byte]()).Bytes()
		if i < len(args)-1 {
			b = binary.BigEndian.AppendUint16(b, uint16(len(part)))
		}
		b = append(b, part...)
	}
	return b
}

// write writes the seeds, and those of a corpus of go test, to a folder as inputs.
func (f *libFuzzerF) write(dir, corpus string) {
	files, err := filepath.Glob(filepath.Join(corpus, "*"))
	if err != nil {
		panic(err)
	}
	for _, file := range files {
		seed, err := libFuzzerSeed(file)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", file, err))
		}
		f.seeds = append(f.seeds, seed)
	}
	for i, seed := range f.seeds {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d", i)), libFuzzerInput(seed), 0o666); err != nil {
			panic(err)
		}
	}
}

// libFuzzerSeed reads a file of a corpus of go test: a line with the version, then a line for each argument.
func libFuzzerSeed(file string) ([]any, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	var args []any
	for _, line := range lines[1:] {
		kind, rest, _ := strings.Cut(line, "(")
		if kind != "[]byte" && kind != "string" {
			return nil, fmt.Errorf("an argument of the type %s", kind)
		}
		text, err := strconv.Unquote(strings.TrimSuffix(rest, ")"))
		if err != nil {
			return nil, err
		}
		args = append(args, []byte(text))
	}
	return args, nil
}
