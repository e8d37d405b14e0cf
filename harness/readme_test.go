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

// The way of a packet that the README describes exists: each file has the function.
func TestReadmeWalk(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, walk, found := strings.Cut(string(readme), "### One packet, from write to verdict\n")
	if !found {
		t.Fatal("the README has no way of a packet")
	}
	walk, _, _ = strings.Cut(walk, "\n## ")
	rows := regexp.MustCompile(`(?m)^\|[^|]+\| \[(\S+)\]\((\S+)\) \| (\w+) \|$`).FindAllStringSubmatch(walk, -1)
	if lines := strings.Count(walk, "\n| "); len(rows) < 10 || len(rows) != lines-1 {
		t.Fatalf("%d of %d rows are understood", len(rows), lines-1)
	}
	for _, row := range rows {
		text, err := os.ReadFile(filepath.Join("..", row[1]))
		if err != nil || row[1] != row[2] {
			t.Errorf("%s: %v", row[0], err)
			continue
		}
		if !regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + row[3] + `\(`).Match(text) {
			t.Errorf("%s has no function %s", row[1], row[3])
		}
	}
}

// What the README links to is there.
func TestReadmeLinks(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`).FindAllStringSubmatch(string(readme), -1)
	if len(links) < 10 {
		t.Fatalf("%d links", len(links))
	}
	for _, link := range links {
		if strings.Contains(link[1], "://") {
			continue
		}
		if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(link[1]))); err != nil {
			t.Error(err)
		}
	}
}
