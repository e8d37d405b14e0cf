package main

import (
	"cmp"
	"runtime/debug"
	"strings"

	"umqtt/scenarios"
)

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
