package main

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/pflag"

	"umqtt/scenarios"
)

var versionCommand = command{
	name:  "version",
	short: "say which version this is",
	long:  "Writes the version or the commit that this program was built from, the Go release and the version of the suite.",
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		return newFlags("version"), func(args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("version takes no arguments")
			}
			fmt.Fprintln(a.stdout, "mqttconform", version())
			return exitOK, nil
		}
	},
}

// released is the version that make release builds; "" in other builds.
var released string

// version returns what this program was built from: the module's version or the commit, the Go release, and the
// version of the suite.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown) suite " + scenarios.Version
	}
	words := []string{cmp.Or(released, info.Main.Version, "(devel)")}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && !strings.Contains(words[0], s.Value[:min(12, len(s.Value))]):
			words = append(words, "commit "+s.Value)
		case s.Key == "vcs.modified" && s.Value == "true" && !strings.HasSuffix(words[0], "+dirty"):
			words = append(words, "(modified)")
		}
	}
	return strings.Join(append(words, info.GoVersion, "suite "+scenarios.Version), " ")
}
