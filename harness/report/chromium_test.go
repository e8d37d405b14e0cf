package report_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

var (
	chromium = flag.String("chromium", "", "look at the pages in this headless Chromium; make browser does")
	shots    = flag.String("shots", "", "keep pictures of the pages in this folder")
)

// patience is how long Chromium may take for one answer.
const patience = time.Minute

// A browser is a headless Chromium, driven over its debugging pipe: messages of JSON that end in a zero byte.
type browser struct {
	t       *testing.T
	to      io.Writer
	from    chan message
	session string
	last    int
	events  []message // in the order in which they came
}

// message is one message of Chromium's.
type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// startChromium starts Chromium with one empty page; both end with the test. It skips the test where no Chromium
// is named, and fails it where the one that is named cannot be started.
func startChromium(t *testing.T) *browser {
	t.Helper()
	if *chromium == "" {
		t.Skip("no browser is named: make browser looks at the pages in Chromium")
	}
	toChild, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, fromChild, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(*chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
		"--disable-background-networking", "--no-first-run", "--hide-scrollbars", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{toChild, fromChild} // 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatalf("Chromium is needed (Debian has it as chromium): %v", err)
	}
	toChild.Close()
	fromChild.Close()
	b := &browser{t: t, to: to, from: make(chan message, 1024)}
	go func() {
		defer close(b.from)
		r := bufio.NewReader(from)
		for {
			text, err := r.ReadBytes(0)
			if err != nil {
				return
			}
			var m message
			if json.Unmarshal(text[:len(text)-1], &m) == nil {
				b.from <- m
			}
		}
	}()
	t.Cleanup(func() {
		b.send("", "Browser.close", nil)
		stop := time.AfterFunc(patience, func() { cmd.Process.Kill() })
		for range b.from { // until it has ended
		}
		cmd.Wait()
		stop.Stop()
		to.Close()
		from.Close()
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Network", "Log"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

func (b *browser) send(session, method string, params any) {
	b.last++
	if params == nil {
		params = struct{}{}
	}
	m := map[string]any{"id": b.last, "method": method, "params": params}
	if session != "" {
		m["sessionId"] = session
	}
	text, err := json.Marshal(m)
	if err != nil {
		b.t.Fatal(err)
	}
	b.to.Write(append(text, 0)) // a failure shows as an answer that does not come
}

// next returns the next message, and keeps it where it is an event.
func (b *browser) next(waiting string) message {
	b.t.Helper()
	select {
	case m, ok := <-b.from:
		if !ok {
			b.t.Fatalf("Chromium ended before %s", waiting)
		}
		if m.Method != "" {
			b.events = append(b.events, m)
		}
		return m
	case <-time.After(patience):
		b.t.Fatalf("Chromium is silent before %s", waiting)
	}
	panic("unreachable")
}

// call has Chromium do something and waits for the answer.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	b.send(b.session, method, params)
	for id := b.last; ; {
		m := b.next("the answer to " + method)
		if m.ID != id {
			continue
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatalf("%s: %v", method, err)
			}
		}
		return
	}
}

// open loads a page and returns what came of it: requests, messages of the console, exceptions.
func (b *browser) open(url string) []message {
	b.t.Helper()
	b.events = nil
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	for {
		for _, m := range b.events {
			if m.Method == "Page.loadEventFired" {
				return b.events
			}
		}
		b.next("the page was loaded")
	}
}

// eval returns the value of an expression of JavaScript.
func (b *browser) eval(expression string, value any) {
	b.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s", r.ExceptionDetails)
	}
	if err := json.Unmarshal(r.Result.Value, value); err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
}

// look sets how wide the window is and which colours are preferred.
func (b *browser) look(width int, scheme string) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// shot keeps a picture of the page, if they are kept.
func (b *browser) shot(name string) {
	b.t.Helper()
	if *shots == "" {
		return
	}
	var height int
	b.eval("Math.min(document.documentElement.scrollHeight, 6000)", &height)
	var r struct{ Data string }
	var width int
	b.eval("innerWidth", &width)
	b.call("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true, "clip": map[string]any{"x": 0, "y": 0, "width": width, "height": height, "scale": 1}}, &r)
	png, err := base64.StdEncoding.DecodeString(r.Data)
	if err == nil {
		err = os.WriteFile(fmt.Sprintf("%s/%s.png", *shots, name), png, 0o666)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}
