package harness_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The README's adapter for a Go client of one's own builds and passes as a module outside of this one, and its totals
// have the form that the README shows.
func TestReadmeExampleAsOutsideModule(t *testing.T) {
	t.Parallel()
	readme := readReadme(t)
	out, err := testOutside(t, goBlock(t, readme), "-v")
	if err != nil {
		t.Fatalf("go test: %v\n%s", err, out)
	}
	if !strings.Contains(out, "--- PASS: TestConformance/mine/qos1/puback-lost") {
		t.Errorf("no scenario was played:\n%s", out)
	}
	// Of lists of features only the first counts, and no number: the suite grows.
	form := func(text string) string {
		text = regexp.MustCompile(`: \d+ needs? [^\n]*`).ReplaceAllString(text, ": N need X")
		return regexp.MustCompile(`\d+`).ReplaceAllString(text, "N")
	}
	totals := regexp.MustCompile("(?s)```\n(    mine_test\\.go.*?\n)```").FindStringSubmatch(readme)
	if totals == nil {
		t.Fatal("the README has no totals")
	}
	if !strings.Contains(form(out), form(totals[1])) {
		_, got, _ := strings.Cut(out, "    mine_test.go")
		t.Errorf("the totals are\n    mine_test.go%s\nnot of the form of\n%s", got, totals[1])
	}
}

// An adapter that publishes at QoS 0 by mistake fails as the README shows.
func TestReadmeFailure(t *testing.T) {
	t.Parallel()
	readme := readReadme(t)
	code := goBlock(t, readme)
	bad := strings.Replace(code, "byte(m.QoS), m.Retain)", "0, m.Retain)", 1)
	if bad == code {
		t.Fatal("the adapter has no QoS to change")
	}
	out, err := testOutside(t, bad, "-run", "^TestConformance$/^mine$/^qos1$/^puback-lost$")
	if err == nil {
		t.Fatalf("the adapter passes:\n%s", out)
	}
	shown := regexp.MustCompile("(?s)```\n(--- FAIL.*?\n)```").FindStringSubmatch(readme)
	if shown == nil {
		t.Fatal("the README has no failure")
	}
	volatile := regexp.MustCompile(`\(\d+\.\d\ds\)|result\.go:\d+`)
	rest := volatile.ReplaceAllString(out, "")
	for line := range strings.Lines(volatile.ReplaceAllString(shown[1], "")) {
		line = strings.TrimSpace(line)
		if line == "…" {
			continue
		}
		_, after, found := strings.Cut(rest, line)
		if !found {
			t.Fatalf("the failure has no line %q, or at another place:\n%s", line, out)
		}
		rest = after
	}
}

func readReadme(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// goBlock returns the README's test of package mine.
func goBlock(t *testing.T, readme string) string {
	t.Helper()
	block := regexp.MustCompile("(?s)```go\n(package mine.*?)```").FindStringSubmatch(readme)
	if block == nil {
		t.Fatal("the README has no Go block of package mine")
	}
	return block[1]
}

// testOutside runs go test in a module outside of this one, which has the test in code.
func testOutside(t *testing.T, code string, args ...string) (string, error) {
	t.Helper()
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
	for name, text := range map[string]string{"go.mod": mod, "go.sum": string(gosum), "mine_test.go": code} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", append(append([]string{"test", "-mod=mod"}, args...), "./...")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod")
	out, err := cmd.CombinedOutput()
	return string(out), err
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
