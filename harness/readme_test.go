package harness_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The README's adapter for a Go client of one's own builds and passes as a module outside of this one.
func TestReadmeExampleAsOutsideModule(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```go\n(package mine.*?)```").FindSubmatch(readme)
	if block == nil {
		t.Fatal("the README has no Go block of package mine")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	gomod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	gosum, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	// The dependencies are copied, not looked up: the test works without a network.
	mod := strings.Replace(string(gomod), "module umqtt\n", "module example.com/mine\n", 1) +
		"\nrequire umqtt v0.0.0\n\nreplace umqtt => " + root + "\n"
	for name, text := range map[string]string{"go.mod": mod, "go.sum": string(gosum), "mine_test.go": string(block[1])} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "test", "-mod=mod", "-v", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go test in %s: %v\n%s", dir, err, out)
	}
	if !strings.Contains(string(out), "--- PASS: TestConformance/mine/qos1/puback-lost") {
		t.Errorf("no scenario was played:\n%s", out)
	}
}
