// Package scenarios is the conformance suite: scenarios in YAML, one behaviour a file, in directories by
// behaviour. Package umqtt/harness/scenario reads them; its comment says how they are written.
//
// To add one, write <behaviour>/<name>.yaml and run go test ./scenarios. No Go is needed. README.md lists
// every word of the language, and scenario.schema.json has the same for editors; both are generated, and
// go test ./scenarios -update rewrites them.
package scenarios

import (
	"embed"
	"io/fs"
)

//go:embed */*.yaml
var files embed.FS

// FS returns the suite: every scenario of this module, as <behaviour>/<name>.yaml.
func FS() fs.FS { return files }
