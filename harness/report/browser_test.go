package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var axe = flag.String("axe", "", "have axe-core look at the pages too: its `FILE`, axe.min.js")

// TestBrowser looks at the pages in Chromium: make browser.
func TestBrowser(t *testing.T) {
	b := startChromium(t)
	audit, err := os.ReadFile("testdata/audit.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"run", "matrix"} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			var page bytes.Buffer
			if err := pages[name](t, &page); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), name+".html")
			if err := os.WriteFile(file, page.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
			address := (&url.URL{Scheme: "file", Path: file}).String()
			loadsNothing(t, b, address)
			needsNoScript(t, b, address)
			for _, scheme := range []string{"light", "dark"} {
				for _, width := range []int{360, 1280} {
					b.look(width, scheme)
					b.open(address)
					b.shot(fmt.Sprintf("%s-%s-%d", name, scheme, width))
					var wrong []string
					b.eval(string(audit), &wrong)
					for _, message := range wrong {
						t.Errorf("%s, %d wide: %s", scheme, width, message)
					}
					b.shot(fmt.Sprintf("%s-%s-%d-open", name, scheme, width))
					if *axe != "" {
						hasAxe(t, b, scheme)
					}
				}
			}
			takesKeys(t, b, address)
			prints(t, b, address, paper[name])
		})
	}
}

// loadsNothing fails the test where a page loads anything but itself, or anything is said on the console.
func loadsNothing(t *testing.T, b *browser, address string) {
	t.Helper()
	for _, m := range b.open(address) {
		var params struct{ Request struct{ URL string } }
		json.Unmarshal(m.Params, &params)
		switch {
		case m.Method == "Network.requestWillBeSent" && params.Request.URL != address:
			t.Errorf("it loads %s", params.Request.URL)
		case m.Method == "Runtime.consoleAPICalled", m.Method == "Runtime.exceptionThrown", m.Method == "Log.entryAdded":
			t.Errorf("%s: %s", m.Method, m.Params)
		}
	}
}

// needsNoScript fails the test where a page shows something else without scripts.
func needsNoScript(t *testing.T, b *browser, address string) {
	t.Helper()
	var with, without string
	b.eval("document.body.innerText", &with)
	b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	b.open(address)
	b.eval("document.body.innerText", &without)
	b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": false}, nil)
	if with == "" || with != without {
		t.Errorf("without scripts the page shows %d bytes of text, with them %d", len(without), len(with))
	}
}

// takesKeys fails the test where the first key does not lead to the content, or details do not open by key.
func takesKeys(t *testing.T, b *browser, address string) {
	t.Helper()
	press := func(key, text string) {
		for _, kind := range []string{"keyDown", "keyUp"} {
			params := map[string]any{"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": map[string]int{"Tab": 9, "Enter": 13}[key]}
			if kind == "keyDown" && text != "" {
				params["text"] = text
			}
			b.call("Input.dispatchKeyEvent", params, nil)
		}
	}
	b.open(address)
	var first string
	press("Tab", "")
	b.eval("document.activeElement.getAttribute('href') ?? ''", &first)
	var seen, opened bool
	b.eval("document.activeElement.getBoundingClientRect().left >= 0", &seen)
	b.eval("document.querySelector('summary').focus(), document.querySelector('details').open", &opened)
	before := opened
	press("Enter", "\r")
	b.eval("document.querySelector('details').open", &opened)
	if first != "#main" || !seen || before || !opened {
		t.Errorf("the first key leads to %q, seen: %t; details were open: %t, and are: %t", first, seen, before, opened)
	}
}

// hasAxe has axe-core look at the page that is open.
func hasAxe(t *testing.T, b *browser, scheme string) {
	t.Helper()
	source, err := os.ReadFile(*axe)
	if err != nil {
		t.Fatal(err)
	}
	var ignored any
	b.eval(string(source)+";true", &ignored)
	var wrong []string
	b.eval(`axe.run().then(r => r.violations.map(v => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(" | ")))`, &wrong)
	for _, message := range wrong {
		t.Errorf("axe, %s: %s", scheme, message)
	}
}

// paper is the width of a sheet of A4 in pixels: upright for a run, on its side for a matrix.
var paper = map[string]int{"run": 794, "matrix": 1123}

// prints fails the test where a printed page is cut off at its side, or lacks what is folded away in the first case
// of a kind.
func prints(t *testing.T, b *browser, address string, paper int) {
	t.Helper()
	b.open(address)
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": paper, "height": 1123, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"media": "print"}, nil)
	var width, hidden int
	b.eval("document.documentElement.scrollWidth", &width)
	b.eval(`[...document.querySelectorAll('.group > .cases > li:first-child .message, details.printed td')].filter(e => !e.checkVisibility()).length`, &hidden)
	if width > paper || hidden > 0 {
		t.Errorf("printed it is %d wide, want %d at most; %d things that are to be printed are not", width, paper, hidden)
	}
	b.shot(strings.TrimSuffix(filepath.Base(address), ".html") + "-print")
	b.call("Emulation.setEmulatedMedia", map[string]any{"media": ""}, nil)
}
