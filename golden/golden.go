// Package golden holds the captures that the scenarios must produce: one file for each subject and scenario,
// golden/<subject>/<scenario>.wire, exact to the byte and to the virtual nanosecond.
//
// [Compare] compares a capture with its golden:
//
//	if err := golden.Compare("simple", "qos1/puback-lost", rec.Capture()); err != nil {
//		t.Error(err)
//	}
//
// It works in every folder and in other modules, because the goldens are embedded. In a test binary that runs
// in the source of this module, the files are read and written instead, so that an update takes effect at
// once.
//
// Only "go test ./golden -update" changes goldens, by [Update] and [Prune], and never if the environment has
// CI=true.
package golden

import (
	"errors"
	"fmt"

	"umqtt/harness/capture"
)

const (
	root    = "golden" // what paths in messages begin with
	ext     = ".wire"
	command = "go test ./golden -update" // rewrites the goldens
)

var (
	// ErrCI: goldens are not written if the environment has CI=true.
	ErrCI = errors.New("goldens are not written if CI is set in the environment")
	// ErrReadOnly: there is no folder to write goldens to; only the embedded goldens exist.
	ErrReadOnly = errors.New("the folder of the goldens does not exist; update them in the source of this module")
)

// A MissingError reports that there is no golden for a capture.
type MissingError struct {
	Path string // the golden's path in the module, with slashes
}

// Error returns how to make the golden.
func (e *MissingError) Error() string {
	return fmt.Sprintf("%s: no golden for this capture; if the capture is right, create it: %s", e.Path, command)
}

// A ChangedError reports that a capture differs from its golden.
type ChangedError struct {
	Path string // the golden's path in the module, with slashes
	Diff string // of [capture.Diff]: the golden is want, the capture is got
}

// Error returns the difference and how to accept the new capture.
func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s: the capture is not the golden; if the new one is right, keep it: %s\n%s", e.Path, command, e.Diff)
}

// Compare returns nil if c equals the golden of the subject and the scenario. Otherwise it returns a
// [*MissingError], a [*ChangedError], or an error about the name or the file.
func Compare(subject, scenario string, c *capture.Capture) error {
	return source().compare(subject, scenario, c)
}

// Load returns the golden of a subject and a scenario. Its errors are those of [Compare].
func Load(subject, scenario string) (*capture.Capture, error) {
	return source().load(subject, scenario)
}

// Update makes c the golden of the subject and the scenario. It does not write the file if c equals the
// golden. It returns [ErrCI] or [ErrReadOnly] if goldens cannot be written.
func Update(subject, scenario string, c *capture.Capture) error {
	return source().update(subject, scenario, c)
}

// Orphans returns the paths of the goldens for which known returns false, and of all other files in the
// subjects' folders, sorted.
func Orphans(known func(subject, scenario string) bool) ([]string, error) {
	return source().orphans(known)
}

// Prune removes the files that [Orphans] lists and returns their paths. It fails with ErrCI or ErrReadOnly as
// Update does.
func Prune(known func(subject, scenario string) bool) ([]string, error) {
	return source().prune(known)
}
