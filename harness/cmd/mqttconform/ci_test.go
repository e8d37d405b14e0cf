package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// The ready files for CI are YAML, and every command in them has flags that there are.
func TestReadyFiles(t *testing.T) {
	commandLine := regexp.MustCompile(`mqttconform (run|sweep|swarm|merge) ([^\]\n]*)`)
	for file, commands := range map[string]int{
		"../../../.github/workflows/conformance.yml": 2, "../../../.github/workflows/search.yml": 4,
		"testdata/ci/kubernetes-job.yaml": 2, "testdata/ci/kubernetes-sweep.yaml": 2, "testdata/ci/kubernetes-swarm.yaml": 2,
	} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := yaml.Unmarshal(b, &doc); err != nil || len(doc) < 4 {
			t.Errorf("%s: %v, with %d keys", file, err, len(doc))
		}
		found := commandLine.FindAllStringSubmatch(string(b), -1)
		if len(found) != commands {
			t.Errorf("%s: %d commands, want %d", file, len(found), commands)
		}
		for _, m := range found {
			c, _ := find(m[1])
			flags, _ := c.make(app{})
			line := strings.NewReplacer("${{ matrix.shard }}", "1", "$JOB_COMPLETION_INDEX", "0").Replace(m[2])
			if err := flags.Parse(strings.Fields(line)); err != nil {
				t.Errorf("%s: %s %s: %v", file, m[1], line, err)
			}
		}
	}
}
