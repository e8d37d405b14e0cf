package main

import (
	"io"
	"os"
)

// colorful reports whether a writer is a terminal that shows colours and whose user wants them.
func colorful(w io.Writer) bool { return os.Getenv("NO_COLOR") == "" && watched(w) }
