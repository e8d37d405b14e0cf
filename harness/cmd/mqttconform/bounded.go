package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// Limits of files that are read whole, in bytes.
const (
	maxResults = 64 << 20 // a JSON report
	maxList    = 1 << 20  // a list of patterns, a certificate
)

// maxObjects bounds the objects of a JSON report, each of which takes more memory than text.
const maxObjects = 1 << 18

// readFile reads a file of at most max bytes. A device or a pipe without an end is refused, too.
func readFile(name string, max int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readBounded(f, name, max)
}

// readBounded reads r to its end, which comes within max bytes; name is for the error.
func readBounded(r io.Reader, name string, max int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, max+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > max {
		return nil, fmt.Errorf("%s: the file has more than %d bytes", name, max)
	}
	return b, nil
}

// readResults reads a JSON report.
func readResults(r io.Reader, name string) ([]byte, error) {
	b, err := readBounded(r, name, maxResults)
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(b, []byte("{")); n > maxObjects {
		return nil, fmt.Errorf("%s: the file has more than %d objects", name, maxObjects)
	}
	return b, nil
}

// readResultsFile reads a JSON report from a file.
func readResultsFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readResults(f, name)
}
