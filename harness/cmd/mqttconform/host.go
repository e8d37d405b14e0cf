package main

import (
	"os"
	"testing"
)

// hosted makes this process a test binary of one test and exits with what the test returns: only a
// test may open a bubble of testing/synctest. Package testing reads flags from os.Args and writes to
// os.Stdout; neither is the business of our users. The program's own writer was taken before.
func hosted(body func(*testing.T) int) int {
	os.Args = os.Args[:1]
	os.Stdout = os.Stderr
	every := func(string, string) (bool, error) { return true, nil }
	testing.Main(every, []testing.InternalTest{{
		Name: "mqttconform",
		F:    func(t *testing.T) { os.Exit(body(t)) },
	}}, nil, nil)
	return exitSetup // testing.Main has exited
}
