package sweep

import (
	"maps"
	"slices"

	"umqtt/harness/capture"
)

// Capture returns the subject's side of the link, or nil where nothing was played in this process.
func (r Run) Capture() *capture.Capture { return r.capture }

// Kinds returns all kinds of faults, sorted. The slice is the caller's.
func Kinds() []Kind { return slices.Sorted(maps.Keys(kinds)) }
