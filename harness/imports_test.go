package harness_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows says which packages of this module a package may import: data flows one way, from the codec
// and the scenario to the verdict and the report. Test files may import upwards.
var arrows = map[string][]string{
	"client":                  {},
	"client/filestore":        {},
	"client/robust":           {"client"},
	"harness/near":            {},
	"harness/spec":            {"harness/near"},
	"harness/simnet":          {},
	"harness/wire":            {"harness/spec"},
	"harness/fault":           {"harness/wire"},
	"harness/capture":         {"harness/wire"},
	"harness/broker":          {},
	"scenarios":               {"harness/wire", "harness/spec", "harness/fault", "harness/near"},
	"harness/monitor":         {"harness/capture", "harness/wire", "harness/spec"},
	"harness/proxy":           {"harness/fault", "harness/capture", "harness/wire", "harness/simnet"},
	"harness/subject":         {"client", "client/robust", "harness/simnet", "harness/spec", "harness/wire"},
	"harness/mutant":          {"harness/subject", "harness/fault", "harness/spec", "harness/wire", "harness/simnet"},
	"golden":                  {"harness/capture"},
	"harness/world":           {"harness/broker", "harness/capture", "harness/fault", "harness/proxy", "harness/simnet", "harness/wire"},
	"harness/judge":           {"harness/capture", "harness/monitor", "harness/spec", "harness/subject", "harness/wire", "scenarios"},
	"harness/play":            {"harness/world", "harness/judge", "harness/capture", "harness/fault", "harness/proxy", "harness/spec", "harness/subject", "harness/wire", "scenarios"},
	"harness":                 {"harness/play", "harness/judge", "golden", "harness/capture", "harness/spec", "harness/subject", "harness/wire", "scenarios"},
	"harness/report":          {"harness/judge", "harness/spec", "scenarios"},
	"harness/explore":         {"harness/play", "harness/judge", "harness/mutant", "harness/capture", "harness/subject", "scenarios"},
	"harness/cmd/mqttconform": {"*"},
	"fuzz":                    {},
}

// outside says which packages of other modules a package may import; the others import none.
var outside = map[string][]string{
	"harness/broker":          {"github.com/mochi-mqtt/server/v2"},
	"harness/capture":         {"github.com/google/go-cmp"},
	"harness":                 {"github.com/google/go-cmp"},
	"scenarios":               {"go.yaml.in/yaml/v4"},
	"harness/cmd/mqttconform": {"github.com/spf13/pflag"},
}

// The packages import one another as the map of the module says, and nothing else.
func TestImportArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "umqtt/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, "umqtt/")
		allowed, known := arrows[name]
		if !known {
			t.Errorf("%s is not on the map", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if ours, ok := strings.CutPrefix(imp, "umqtt/"); ok {
				if !slices.Contains(allowed, ours) && !slices.Contains(allowed, "*") {
					t.Errorf("%s imports %s, which the map does not allow", name, ours)
				}
				continue
			}
			if first, _, _ := strings.Cut(imp, "/"); !strings.Contains(first, ".") {
				continue // the standard library
			}
			if !slices.ContainsFunc(outside[name], func(m string) bool { return imp == m || strings.HasPrefix(imp, m+"/") }) {
				t.Errorf("%s imports %s, which the map does not allow", name, imp)
			}
		}
	}
}
