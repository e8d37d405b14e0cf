package scenario_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"umqtt/harness/scenario"
	"umqtt/harness/scenario/schema"
)

// wrong is a file with mistakes of testdata/wrong.
type wrong struct {
	name, yaml, want string
	unseen           bool // the schema has no way to see the mistakes
}

// readWrong reads the files of testdata/wrong. Each holds many: a line "-- name --", the file, a line
// "-- want --" and the messages, or "-- want, unseen by the schema --".
func readWrong(t *testing.T) []wrong {
	t.Helper()
	paths, err := filepath.Glob("testdata/wrong/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no testdata/wrong/*.txt: %v", err)
	}
	var all []wrong
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		group := strings.TrimSuffix(filepath.Base(path), ".txt")
		begun, wants := false, false
		for line := range strings.Lines(string(b)) {
			mark, isMark := strings.CutPrefix(strings.TrimSuffix(line, " --\n"), "-- ")
			isMark = isMark && strings.HasSuffix(line, " --\n")
			switch {
			case isMark && strings.HasPrefix(mark, "want"):
				wants = true
				all[len(all)-1].unseen = mark == "want, unseen by the schema"
			case isMark:
				begun, wants = true, false
				all = append(all, wrong{name: group + "/" + mark})
			case !begun: // what the file is about
			case wants:
				all[len(all)-1].want += line
			default:
				all[len(all)-1].yaml += line
			}
		}
	}
	for i := range all {
		all[i].want = strings.TrimSpace(all[i].want)
	}
	return all
}

// The messages are part of the language: all of a file, in order, each at its position.
func TestWrongFiles(t *testing.T) {
	all := readWrong(t)
	if len(all) < 100 {
		t.Errorf("%d files with mistakes; some have been lost", len(all))
	}
	for _, w := range all {
		t.Run(w.name, func(t *testing.T) {
			s, err := scenario.Parse("x.yaml", []byte(w.yaml))
			if err == nil {
				t.Fatalf("no error; got %+v", s)
			}
			if diff := cmp.Diff(w.want, strings.ReplaceAll(err.Error(), "x.yaml:", "")); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
		})
	}
}

// An editor marks what the schema refuses; what it cannot see is said in the corpus.
func TestSchemaOnWrongFiles(t *testing.T) {
	schema := compileSchema(t)
	for _, w := range readWrong(t) {
		t.Run(w.name, func(t *testing.T) {
			var v any
			if err := yaml.Unmarshal([]byte(w.yaml), &v); err != nil {
				if !w.unseen {
					t.Errorf("not YAML, and so unseen by the schema: %v", err)
				}
				return
			}
			if err := schema.Validate(asJSON(t, v)); (err == nil) != w.unseen {
				t.Errorf("unseen by the schema: %v; its verdict: %v", w.unseen, err)
			}
		})
	}
}

// compileSchema makes a validator of the schema.
func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(schema.JSON())))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON returns a value of YAML as the JSON that editors validate.
func asJSON(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	j, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	return j
}
