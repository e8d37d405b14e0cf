package monitor_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"umqtt/golden"
	"umqtt/harness/monitor"
)

// The goldens are what conforming clients do: no monitor has anything against them.
func TestGoldensAreSilent(t *testing.T) {
	const dir = "../../golden"
	count := 0
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".wire" {
			return err
		}
		count++
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(file), dir+"/"), ".wire")
		t.Run(name, func(t *testing.T) {
			subject, scenario, _ := strings.Cut(name, "/")
			c, err := golden.Load(subject, scenario)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range monitor.Check(c, monitor.Simulated) {
				t.Errorf("%v\n%v", f, c.Records[f.Record])
			}
		})
		return nil
	})
	if err != nil || count == 0 {
		t.Errorf("%d goldens: %v", count, err)
	}
}
