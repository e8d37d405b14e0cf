//go:build unix

package device

// shell returns the arguments by which a shell runs a command line.
func shell(line string) []string { return []string{"/bin/sh", "-c", line} }
