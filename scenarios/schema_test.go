package scenarios

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite scenario.schema.json and README.md")

// The file is what editors read.
func TestSchemaIsCurrent(t *testing.T) {
	const name = "scenario.schema.json"
	if *update {
		if err := os.WriteFile(name, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(Schema()), string(got)); diff != "" {
		t.Errorf("%s is not what Schema returns; go test ./scenarios -update rewrites it (-want +got):\n%s", name, diff)
	}
}
