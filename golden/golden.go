// Package golden keeps the captures that the scenarios must produce: one file for each subject and
// scenario, golden/<subject>/<scenario>.wire, exact to the byte and to the virtual nanosecond.
//
// [Compare] says whether a capture is the one that was kept, and how it differs:
//
//	if err := golden.Compare("simple", "qos1/puback-lost", rec.Capture()); err != nil {
//		t.Error(err)
//	}
//
// It works from every folder and from other modules, because the goldens are also embedded. In a
// test binary that runs where this package's source is, the files are read and written instead, so
// that a golden counts from the moment it was updated.
//
// Goldens change by "go test ./golden -update" only, for which there are [Update] and [Prune], and
// never where the environment says CI=true.
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
	// ErrCI: goldens are not written where CI=true.
	ErrCI = errors.New("goldens are not written where the environment has CI set")
	// ErrReadOnly: there is no folder to write goldens to; only the embedded ones are there.
	ErrReadOnly = errors.New("the folder of the goldens is not there; update them in the module's source")
)

// A MissingError tells that no golden was kept for a capture.
type MissingError struct {
	Path string // the golden's path in the module, with slashes
}

// Error says how the golden is made.
func (e *MissingError) Error() string {
	return fmt.Sprintf("%s: no golden for this capture; if the capture is right, create it: %s", e.Path, command)
}

// A ChangedError tells that a capture is not the one that was kept.
type ChangedError struct {
	Path string // the golden's path in the module, with slashes
	Diff string // of [capture.Diff]: the golden is want, the capture is got
}

// Error shows the difference and says how the new capture is kept.
func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s: the capture is not the golden; if the new one is right, keep it: %s\n%s", e.Path, command, e.Diff)
}

// Compare returns nil when c is the golden of the subject and the scenario, else a [*MissingError], a
// [*ChangedError], or what is wrong with the name or the file.
func Compare(subject, scenario string, c *capture.Capture) error {
	return source().compare(subject, scenario, c)
}

// Load returns the golden of a subject and a scenario; the error is as with [Compare].
func Load(subject, scenario string) (*capture.Capture, error) {
	return source().load(subject, scenario)
}

// Update makes c the golden of the subject and the scenario. It leaves the file alone where c is the
// golden already, and returns [ErrCI] or [ErrReadOnly] where goldens are not written.
func Update(subject, scenario string, c *capture.Capture) error {
	return source().update(subject, scenario, c)
}

// Orphans returns the paths of the goldens that known does not know, and of all other files in the
// subjects' folders, in the order of their names.
func Orphans(known func(subject, scenario string) bool) ([]string, error) {
	return source().orphans(known)
}

// Prune removes what [Orphans] lists and returns it. It writes where [Update] does.
func Prune(known func(subject, scenario string) bool) ([]string, error) {
	return source().prune(known)
}
