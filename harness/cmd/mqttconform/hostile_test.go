package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// escape begins the title of a terminal, in the ways there are: with ESC, with the one character for it, and by turning
// round the direction of text. escaped is the same in a YAML string.
const (
	escape  = "\x1b]0;x\x07\u009b\u202e"
	escaped = `\e]0;x\a\N\x9b\u202e`
)

// raw matches what would steer a terminal.
var raw = regexp.MustCompile("[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u202e\ufffd]")

// hostileScenario fails with every subject, and has control characters in each text that a report shows.
const hostileScenario = `title: "T ` + escaped + `"
covers: [MQTT-3.1.0-1]
level: must
why: "W ` + escaped + `"
note: "N ` + escaped + `"
needs: [qos1]
peer: script
client: {client_id: "c` + escaped + `"}
steps:
  - client connect:
  - expect CONNECT: {client_id: "c` + escaped + `"}
  - send CONNACK: {session_present: false, code: 0}
  - client publish: {topic: "t` + escaped + `", qos: 1, payload: "p` + escaped + `"}
  - expect PUBLISH: {topic: "u` + escaped + `", qos: 1, payload: "q` + escaped + `", packet_id: $id}
`

// hostileMistakes has them in each place that a mistake is told of.
const hostileMistakes = `title: "T ` + escaped + `"
"co` + escaped + `": [MQTT-3.1.0-1]
covers: ["MQ` + escaped + `"]
level: "` + escaped + `"
needs: ["` + escaped + `"]
peer: "` + escaped + `"
steps:
  - "client ` + escaped + `":
  - expect CONNECT: {"cl` + escaped + `": 1}
  - client publish: {topic: t, qos: "` + escaped + `"}
`

func init() {
	// says writes its first argument as a line, and answers each request with its second one.
	programs["says"] = func() error {
		fmt.Fprintln(os.Stderr, "printed "+escape)
		fmt.Println(os.Args[1])
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			var q struct{ ID int }
			if json.Unmarshal(in.Bytes(), &q); q.ID > 0 {
				fmt.Printf(os.Args[2]+"\n", q.ID)
			}
		}
		return nil
	}
}

// says returns arguments, and behind them a shim with that hello and answer.
func says(t *testing.T, hello, answer string, args ...string) []string {
	return append(with(t, "says", args...), hello, answer)
}

// Nothing that somebody else has written reaches standard output or standard error with what steers a terminal.
func TestTerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return name
	}
	packet := "t" + escape
	packet = string([]byte{0x30, byte(len(packet) + 3), 0, byte(len(packet))}) + packet + "\x1b"
	played := file("f/hostile.yaml", hostileScenario)
	result := fmt.Sprintf(`{"scenario":%[1]s,"title":%[1]s,"subject":%[1]s,"world":"real","verdict":"fail","level":"must","message":%[1]s,"replay":%[1]s}`, jsonOf("x/y"+escape))
	results := file("results.json", `{"world":"real","suite":`+jsonOf(escape)+`,"results":[`+result+`]}`)
	const hello, publish = `{"hello":1,"name":"n","features":["qos1"]}`, "publish/qos1-arrives"
	refuses := `{"id":%d,"error":{"kind":"refused","text":` + jsonOf(escape) + `}}`
	hostile := [][]string{
		{escape}, {"help", escape}, {"run", "--" + escape}, {"run", "--subject", escape}, {"run", "--filter", escape}, {"run", "--require", escape},
		{"explain", escape}, {"show", escape}, {"check", escape}, {"new", escape}, {"sweep", "--workload", escape}, {"serve", "--features", escape},
		{"check", file("f/wrong.yaml", hostileMistakes)},
		{"check", file("f/raw.yaml", "title: "+escape+"\n")},
		{"check", file("f/n"+escape+".yaml", hostileScenario)},
		{"list", played},
		{"list", "--format", "json", played},
		{"run", "--world", "simulated", "--subject", "simple", played},
		{"run", "--world", "simulated", "--subject", "simple", "--quiet", played},
		{"run", "--world", "simulated", "--subject", "simple", "--format", "json", played},
		{"run", "--known-failing", file("known.txt", "a"+escape+"/x # "+escape+"\n"), played},
		{"matrix", results}, {"matrix", escape + "=" + results}, {"merge", results}, {"merge", results, results},
		{"run", "--only-failed", results},
		{"show", file("name.wire", "mqtt-capture 1\n# "+escape+"\n")},
		{"show", file("event.wire", "mqtt-capture 1\n# x\n= conn 1\n   0.000 * "+escape+"\n")},
		{"show", file("packet.wire", "mqtt-capture 1\n# x\n= conn 1\n   0.000 > raw "+fmt.Sprint(len(packet)+1)+"B\n"+rows("\xff"+packet))},
		{"show", "--wire", "-", file("annotation.wire", "mqtt-capture 1\n# x\n= conn 1\n   0.000 > "+escape+"\n"+rows(packet))},
		{"from-capture", filepath.Join(dir, "packet.wire")},
		{"compare", filepath.Join(dir, "packet.wire"), filepath.Join(dir, "event.wire")},
		says(t, escape, "", "run", "--filter", publish, "--"),
		says(t, `{"hello":1,"name":`+jsonOf("n"+escape)+`,"features":[]}`, "", "run", "--filter", publish, "--"),
		says(t, `{"hello":1,"name":"n","version":`+jsonOf(escape)+`,"features":[]}`, "", "shim-test", "--"),
		says(t, `{"hello":1,"name":"n","features":[`+jsonOf(escape)+`]}`, "", "run", "--filter", publish, "--"),
		says(t, hello, refuses, "run", "--filter", publish, "--"),
		says(t, hello, strings.ReplaceAll(refuses, "refused", `\u001b`), "run", "--filter", publish, "--"),
		with(t, "dies", "run", "--filter", publish, "--"),
		with(t, "prints", "run", "--filter", publish, "--"),
	}
	all := make([]invoked, len(hostile))
	var running sync.WaitGroup // all at once, since some wait for a process
	for i, args := range hostile {
		running.Go(func() { all[i] = invoke(t, args...) })
	}
	running.Wait()
	for i, args := range hostile {
		got := all[i]
		for _, out := range []string{got.stdout, got.stderr} {
			if at := raw.FindStringIndex(out); at != nil {
				t.Errorf("%q: what is written is not printable: %q", args, out[max(0, at[0]-80):min(len(out), at[1]+20)])
			}
		}
		if got.stdout+got.stderr == "" {
			t.Errorf("%q: nothing is written", args)
		}
	}
}

// The names of clients come from reports of other runs.
func TestStatementsArePrintable(t *testing.T) {
	var b strings.Builder
	if err := statementsText(&b, &statements{Subjects: []string{escape}}); err != nil {
		t.Fatal(err)
	}
	if raw.MatchString(b.String()) {
		t.Errorf("%q", b.String())
	}
}

// jsonOf returns a text as JSON.
func jsonOf(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// rows returns bytes as the lines of hex of a capture.
func rows(s string) string {
	var b strings.Builder
	for row := range slices.Chunk([]byte(s), 16) {
		fmt.Fprintf(&b, "\t% x\n", row)
	}
	return b.String()
}

// Names that lead out of a folder write nothing outside of it.
func TestPathsStayInside(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "a", "b", "c")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../../../out", "..", "/out", `..\out`, "a/b"} {
		hello := `{"hello":1,"name":` + jsonOf(name) + `,"features":["qos1"]}`
		got := invoke(t, says(t, hello, `{"id":%d}`, "run", "--filter", "publish/qos1-arrives", "--captures", filepath.Join(dir, "captures"), "--")...)
		if got.code != exitSetup || !strings.Contains(got.stderr, "name") {
			t.Errorf("a shim called %q: exit code %d\n%s", name, got.code, got.stderr)
		}
	}
	for _, name := range []string{"../out", "../../out", "/out", "qos1/..", `..\out`, "qos1/../../out"} {
		if got := invoke(t, "new", "--dir", filepath.Join(dir, "new"), name); got.code != exitUsage {
			t.Errorf("new %s: exit code %d\n%s", name, got.code, got.stdout)
		}
	}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("%s was written", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A line may end in CR LF, in every file that people write.
func TestCarriageReturns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	crlf := func(name, text string) string {
		return write(t, dir, name, strings.ReplaceAll(text, "\n", "\r\n"))
	}
	read := func(name string) string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const golden = "../../../golden/simple/qos1/puback-lost.wire"
	played := crlf("passes.yaml", read("testdata/mixed/connect/passes.yaml"))
	wire := crlf("golden.wire", read(golden))
	invoke(t, "check", played).want(t, exitOK)
	invoke(t, "run", "--world", "simulated", "--subject", "simple", "--known-failing", crlf("known.txt", "# none\n"), played).want(t, exitOK)
	if got := invoke(t, "compare", wire, golden).want(t, exitOK); got.stdout+got.stderr != "" {
		t.Errorf("a capture with CR LF is another one:\n%s%s", got.stdout, got.stderr)
	}
}

// What check lets pass, the suite's own test lets pass.
func TestCheckKnowsTheSuite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "scenario.schema.json", "{}")
	text := func(name string) string {
		b, err := os.ReadFile("../../../scenarios/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	_, noSchema, _ := strings.Cut(text("connect/plain"), "\n")
	for _, tt := range []struct{ name, text, want string }{
		{"qos1/puback-lost.yaml", text("qos1/puback-lost"), ""},
		{"qos1/copied.yaml", text("qos1/puback-lost"), "the same header and steps as"},
		{"qos1/copied.yaml", "", ""},
		{"session/plain.yaml", noSchema, "the first line does not name the schema"},
		{"session/plain.yaml", "", ""},
		{"sesion/plain.yaml", text("connect/plain"), `sesion is no behaviour of the suite; did you mean "session"?`},
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, tt.name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if tt.text == "" {
			os.Remove(filepath.Join(dir, tt.name))
			continue
		}
		file := write(t, dir, tt.name, tt.text)
		for _, arg := range []string{file, dir} {
			got := invoke(t, "check", arg)
			if (got.code == exitOK) != (tt.want == "") || !strings.Contains(got.stderr, tt.want) {
				t.Errorf("check %s of %s: exit code %d, want %q:\n%s", arg, tt.name, got.code, tt.want, got.stderr)
			}
		}
	}
}

// What an error says too much of is left out, and counted.
func TestErrorsAreCut(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"a\nb", "a\nb"},
		{strings.Repeat("a\n", maxErrorLines-1) + "b", strings.Repeat("a\n", maxErrorLines-1) + "b"},
		{strings.Repeat("a\n", maxErrorLines+2) + "b", strings.Repeat("a\n", maxErrorLines) + "… 3 more lines"},
		{strings.Repeat("x", maxErrorLine+7) + "\ny", strings.Repeat("x", maxErrorLine) + "… 7 more bytes\ny"},
	} {
		if got := printable(errors.New(tt.text)); got != tt.want {
			t.Errorf("%d bytes become %d: …%q", len(tt.text), len(got), got[max(0, len(got)-40):])
		}
	}
}
