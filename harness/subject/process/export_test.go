package process

import (
	"slices"

	"umqtt/harness/subject"
)

// Kinds lists the kinds of errors.
func Kinds() []subject.Kind { return slices.Clone(kinds) }
