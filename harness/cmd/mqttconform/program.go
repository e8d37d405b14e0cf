package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// The program's folder, as seen from the module's root and from anywhere in the module.
const (
	folder = "./harness/cmd/mqttconform"
	pkg    = "umqtt/harness/cmd/mqttconform"
)

// program returns how this process was started, as a shell reads it: what commands that are shown to the
// user begin with.
func program() string {
	executable, err := os.Executable()
	if err != nil {
		executable = ""
	}
	return programOf(os.Args[0], executable)
}

// programOf is program for a process that was started by that name and runs that file. What go run built
// is gone when it ends, or hidden in the build cache.
func programOf(name, executable string) string {
	for dir := range strings.SplitSeq(filepath.ToSlash(filepath.Dir(executable)), "/") {
		if strings.HasPrefix(dir, "go-build") || cached.MatchString(dir) {
			if _, err := os.Stat(folder); err != nil {
				return "go run " + pkg
			}
			return "go run " + folder
		}
	}
	return quoted(name)
}

// cached matches the folder of an executable in a build cache, wherever GOCACHE has it.
var cached = regexp.MustCompile(`^[0-9a-f]{64}-d$`)
