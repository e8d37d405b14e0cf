package harness_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The table of dependencies in doc.go has each module that go.mod requires directly, and no others, with a reason.
func TestDependencies(t *testing.T) {
	out, err := exec.Command("go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var required, listed []string
	for _, r := range mod.Require {
		if !r.Indirect {
			required = append(required, r.Path)
		}
	}
	gap := regexp.MustCompile(`  +`)
	for _, line := range section(t, "Dependencies") {
		cols := gap.Split(line, -1)
		if len(cols) != 2 {
			t.Errorf("%q is no module and a reason", line)
			continue
		}
		listed = append(listed, cols[0])
	}
	if diff := cmp.Diff(required, listed); diff != "" {
		t.Errorf("direct dependencies (-go.mod +doc.go):\n%s", diff)
	}
}

// A program that uses the client gets no other module than this one, and no package but those of the client and the
// standard library.
func TestClientNeedsNothing(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module example.com/user\n\ngo 1.26.0\n\nrequire umqtt v0.0.0\n\nreplace umqtt => " + root + "\n",
		"main.go": "package main\n\nimport (\n\t_ \"umqtt/client\"\n\t_ \"umqtt/client/filestore\"\n\t_ \"umqtt/client/robust\"\n)\n\nfunc main() {}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	do := func(args ...string) string {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	want := "umqtt/client\numqtt/client/filestore\numqtt/client/robust\nexample.com/user\n"
	got := strings.Fields(do("list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "."))
	if diff := cmp.Diff(strings.Fields(want), got); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
	do("build", "-o", os.DevNull, ".")
	b, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), "require"); n != 1 || strings.Contains(string(b), "indirect") {
		t.Errorf("go.mod wants other modules:\n%s", b)
	}
	if sums, err := os.ReadFile(filepath.Join(dir, "go.sum")); err == nil {
		t.Errorf("go.sum has other modules:\n%s", sums)
	}
}
