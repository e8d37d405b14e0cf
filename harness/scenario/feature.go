package scenario

import "umqtt/harness/spec"

// Feature is something that a subject can do or not; package spec has the closed list. A scenario that
// needs a feature the subject lacks is skipped, and the skip is reported.
type Feature = spec.Feature
