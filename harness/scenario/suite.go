package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// SchemaFile is the name of the JSON schema. A folder of scenarios with this file is a suite, to which [CheckSuite]
// applies.
const SchemaFile = "scenario.schema.json"

// Behaviours returns the names of the folders that a suite may have.
func Behaviours() []string {
	return []string{"connect", "publish", "subscribe", "session", "qos1", "qos2", "keepalive", "recursion", "reconnect",
		"will", "malformed", "network", "concurrent", "tls", "websocket"}
}

// schemaLine is the first line of each file of a suite, for editors.
const schemaLine = "# yaml-language-server: $schema=../" + SchemaFile

// elsewhere finds the names of other scenarios in a reason.
var elsewhere = regexp.MustCompile(`[a-z0-9]+/[a-z0-9-]+`)

// CheckSuite checks the rules for a whole suite; all is what [Load] returns for fsys. Files are in the folders of
// [Behaviours]. Their first line names the schema. A scenario for the simulated world only has a reason. The reason
// names a scenario for the real world that covers one of the same rules, or says that the behaviour differs over TCP
// or takes more than half a minute. The error joins an *Error for each mistake.
func CheckSuite(fsys fs.FS, all []*Scenario) error {
	var errs []error
	refuse := func(file, format string, args ...any) {
		errs = append(errs, &Error{File: file, Line: 1, Col: 1, Msg: fmt.Sprintf(format, args...)})
	}
	seen := map[string]bool{}
	for _, s := range all {
		if reason := noRealForm(s, all); reason != "" {
			refuse(s.File, "reason: %s", reason)
		}
		if seen[s.File] {
			continue
		}
		seen[s.File] = true
		if dir, _, _ := strings.Cut(s.File, "/"); !slices.Contains(Behaviours(), dir) {
			refuse(s.File, "%s is no behaviour of the suite%s", dir, suggest(dir, Behaviours()))
		}
		b, err := readFile(fsys, s.File)
		if err != nil {
			return err
		}
		if line, _, _ := strings.Cut(string(b), "\n"); strings.TrimSuffix(line, "\r") != schemaLine {
			refuse(s.File, "the first line does not name the schema; want %q", schemaLine)
		}
	}
	return errors.Join(errs...)
}

// noRealForm says what is missing from the reason of a scenario for the simulated world only: an external client
// does not meet it.
func noRealForm(s *Scenario, all []*Scenario) string {
	if s.World != Simulated {
		return ""
	}
	form := elsewhere.FindString(s.Reason)
	if form == "" {
		if strings.Contains(s.Reason, "over TCP") || strings.Contains(s.Reason, "half a minute") {
			return ""
		}
		return "it neither names a scenario of the real world nor says what differs over TCP, or takes more than half a minute"
	}
	for _, o := range all {
		same := func(id string) bool { return slices.Contains(o.Covers, id) }
		if strings.TrimSuffix(o.File, ".yaml") == form && o.World.Plays(Real) && slices.ContainsFunc(s.Covers, same) {
			return ""
		}
	}
	return fmt.Sprintf("%s does not play in the real world, or covers none of %s", form, strings.Join(s.Covers, ", "))
}
