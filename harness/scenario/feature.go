package scenario

import "umqtt/harness/spec"

// Feature is an optional ability of a subject; package spec lists them. A scenario that needs a feature that the
// subject lacks is skipped, and the skip is reported.
type Feature = spec.Feature
