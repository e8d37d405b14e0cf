package main

import (
	"fmt"
	"io"
	"os"

	"umqtt/harness/report"
)

// progress is a line on a terminal that says how far a run is. A nil one is none.
type progress struct {
	w     io.Writer
	total int
}

// show writes the line anew.
func (p *progress) show(done int, counts report.Counts) {
	if p == nil {
		return
	}
	fmt.Fprintf(p.w, "\r\x1b[K%d of %d", done, p.total)
	if failed := counts.Of(report.Failed); failed > 0 {
		fmt.Fprintf(p.w, ", %d failed", failed)
	}
}

// hide takes the line away.
func (p *progress) hide() {
	if p != nil {
		io.WriteString(p.w, "\r\x1b[K")
	}
}

// watched reports whether a writer is a terminal that understands control sequences.
func watched(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
