package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestProgramOf(t *testing.T) {
	const goRun = "go run ./harness/cmd/mqttconform"
	const hash = "9a59629b3f4ae6958806975031d22416a745ea28ea825678181a07b7f6d00518"
	t.Run("elsewhere", func(t *testing.T) {
		if got, want := programOf("x", "/tmp/go-build1/b001/exe/x"), "go run umqtt/harness/cmd/mqttconform"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
	t.Chdir("../../..")
	for _, tt := range []struct{ name, executable, want string }{
		{"/tmp/go-build3506746603/b001/exe/mqttconform", "/tmp/go-build3506746603/b001/exe/mqttconform", goRun},
		{"/root/.cache/go-build/9a/" + hash + "-d/mqttconform", "/root/.cache/go-build/9a/" + hash + "-d/mqttconform", goRun},
		{"/var/gc/9a/" + hash + "-d/mqttconform", "/var/gc/9a/" + hash + "-d/mqttconform", goRun},
		{"mqttconform", "/usr/local/bin/mqttconform", "mqttconform"},
		{"./mqttconform", "/home/me/src/mqttconform", "./mqttconform"},
		{"bin/my conform", "/home/me/bin/my conform", "'bin/my conform'"},
		{"./go-build", "/home/me/go-build", "./go-build"}, // a file of that name, not a folder
		{"mqttconform", "", "mqttconform"},
	} {
		if got := programOf(tt.name, tt.executable); got != tt.want {
			t.Errorf("%s, %s: %s, want %s", tt.name, tt.executable, got, tt.want)
		}
	}
}

// TestProgramShown holds that a mistake leads to the help of the program as it was started.
func TestProgramShown(t *testing.T) {
	var stderr bytes.Buffer
	code := app{program: "bin/conform", stderr: &stderr}.run([]string{"check"})
	if code != exitUsage || !strings.HasSuffix(stderr.String(), "\nsee: bin/conform help check\n") {
		t.Errorf("exit code %d and\n%s", code, stderr.String())
	}
}
