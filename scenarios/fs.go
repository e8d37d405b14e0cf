// Package scenarios is the conformance suite: scenarios in YAML, one behaviour a file, in directories by
// behaviour. Package umqtt/harness/scenario reads them; its comment says how they are written.
//
// To add one, write <behaviour>/<name>.yaml and run go test ./scenarios. No Go is needed. README.md lists
// every word of the language, and scenario.schema.json has the same for editors; both are generated, and
// go test ./scenarios -update rewrites them. Who renames one puts its old name in aliases.tsv: patterns and lists
// of known failures that have it stay good.
package scenarios

import (
	"embed"
	"io/fs"
)

// Version names the state of the suite. It follows semantic versioning: the first number grows when a scenario
// demands more of a client than before or loses its name, the second when scenarios are added, the third when
// only texts change.
const Version = "0.12.0"

//go:embed */*.yaml aliases.tsv
var files embed.FS

// FS returns the suite: every scenario of this module, as <behaviour>/<name>.yaml.
func FS() fs.FS { return files }
