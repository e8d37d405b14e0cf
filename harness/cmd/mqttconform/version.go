package main

import (
	"runtime/debug"
	"strings"
)

// version returns what this program was built from: the module's version or the commit, and the Go release.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	words := []string{info.Main.Version}
	if words[0] == "" {
		words[0] = "(devel)"
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && !strings.Contains(words[0], s.Value[:min(12, len(s.Value))]):
			words = append(words, "commit "+s.Value)
		case s.Key == "vcs.modified" && s.Value == "true" && !strings.HasSuffix(words[0], "+dirty"):
			words = append(words, "(modified)")
		}
	}
	return strings.Join(append(words, info.GoVersion), " ")
}
