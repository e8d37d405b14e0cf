package scenarios

import "testing"

func TestSuiteLoads(t *testing.T) {
	if _, err := Load(FS()); err != nil {
		t.Fatal(err)
	}
}
