package report_test

import (
	"encoding/base64"
	"flag"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var pictures = flag.String("pictures", "", "write the pictures of the README to this folder: make pictures does")

// largest bounds the bytes of a picture.
const largest = 150 << 10

// TestPictures takes the pictures of the README, of a run in which a mutant fails.
func TestPictures(t *testing.T) {
	b := startChromium(t)
	file := filepath.Join(t.TempDir(), "run.html")
	cmd := exec.Command("go", "run", "../cmd/mqttconform", "run", "--world", "simulated", "--subject", "simple", "--mutant", "resend-without-dup",
		"--filter", "qos1/puback-*", "--html", file)
	if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("%v\n%s", err, out)
	}
	b.look(1000, "light")
	b.open((&url.URL{Scheme: "file", Path: file}).String())
	for _, shot := range []struct{ name, clip string }{
		{"report", `[0, 0, innerWidth, 760]`},
		{"ladder", `(() => {
			document.querySelectorAll("details").forEach(d => d.open = true)
			const r = document.querySelector("svg.ladder").getBoundingClientRect()
			return [r.x - 10 + scrollX, r.y - 10 + scrollY, r.width + 20, r.height + 20]
		})()`},
	} {
		var clip [4]float64
		b.eval(shot.clip, &clip)
		var r struct{ Data string }
		b.call("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true,
			"clip": map[string]any{"x": clip[0], "y": clip[1], "width": clip[2], "height": clip[3], "scale": 1}}, &r)
		png, err := base64.StdEncoding.DecodeString(r.Data)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(png); n < 5<<10 || n > largest {
			t.Errorf("%s has %d bytes; want 5 KiB to %d", shot.name, n, largest)
		}
		if clip[2] < 300 || clip[3] < 100 {
			t.Errorf("%s shows %v", shot.name, clip)
		}
		if *pictures != "" {
			if err := os.WriteFile(filepath.Join(*pictures, shot.name+".png"), png, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}
