package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"go.yaml.in/yaml/v4"

	"umqtt/harness/scenario"
)

// pageLines returns the command lines of a block, without comments and with continued lines joined.
func pageLines(b block) []string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(b.text, "\\\n", " ")) {
		line, _, _ = strings.Cut(line, "  #")
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// pageLine runs one line of a page in this process, with other words in place of some of its own, and these arguments
// more before the command of a client. Paths of the module are found.
func pageLine(t *testing.T, line string, words map[string]string, more ...string) invoked {
	t.Helper()
	line, out, redirected := strings.Cut(line, " > ")
	var args []string
	for i, w := range word.FindAllString(strings.TrimPrefix(line, "go run ./harness/cmd/"), -1) {
		w = strings.Trim(w, `'"`)
		switch {
		case i == 0 && w != "mqttconform":
			t.Fatalf("%q is no line of mqttconform", line)
		case i == 0:
			continue
		case strings.HasPrefix(w, "harness/"), strings.HasPrefix(w, "golden/"):
			w = filepath.Join(root, w)
		case words[w] != "":
			w = words[w]
		}
		if w == "--" {
			args, more = append(args, more...), nil
		}
		args = append(args, w)
	}
	got := invoke(t, append(args, more...)...)
	if redirected {
		write(t, filepath.Dir(words[out]), filepath.Base(words[out]), got.stdout)
	}
	return got
}

func lookPath(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed", program)
	}
}

// makeTargets has make say what it would do for each target.
func makeTargets(t *testing.T, b []block, i int) {
	lookPath(t, "make")
	for _, line := range pageLines(b[i]) {
		_, rest, _ := strings.Cut(line, "make ")
		target := strings.Fields(rest)[0]
		out, err := exec.Command("make", "-n", "-C", root, target).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "go ") && !strings.Contains(string(out), ".ci/") {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
}

// goModEdit runs the first line in a module beside a link to this one. go mod tidy needs the network.
func goModEdit(t *testing.T, b []block, i int) {
	t.Parallel()
	dir, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	beside := t.TempDir()
	if err := os.Symlink(dir, filepath.Join(beside, "umqtt")); err != nil {
		t.Skip(err)
	}
	mod := write(t, beside, "mine/go.mod", "module example.com/mine\n\ngo 1.26\n")
	cmd := exec.Command("go", strings.Fields(pageLines(b[i])[0])[1:]...)
	cmd.Dir = filepath.Dir(mod)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := read(t, mod); !strings.Contains(got, "require umqtt v0.0.0\n") || !strings.Contains(got, "replace umqtt => ../umqtt\n") {
		t.Errorf("go.mod:\n%s", got)
	}
}

// goInstall installs the command into a folder of the test, and asks it for its version.
func goInstall(t *testing.T, b []block, i int) {
	t.Parallel()
	bin := t.TempDir()
	cmd := exec.Command("go", strings.Fields(pageLines(b[i])[0])[1:]...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), "GOBIN="+bin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(filepath.Join(bin, "mqttconform"), "version").CombinedOutput(); err != nil {
		t.Errorf("mqttconform version: %v\n%s", err, out)
	}
}

// needsPerl skips the test when perl is not there with the modules of the shim.
func needsPerl(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("perl", "-MJSON::PP", "-MTime::HiRes", "-e", "fork // die").CombinedOutput(); err != nil {
		t.Skipf("there is no perl with its own modules: %v %s", err, out)
	}
}

// perlShim tests the shim; perlOutput plays scenarios with it.
func perlShim(t *testing.T, b []block, i int) {
	t.Parallel()
	needsPerl(t)
	if got := pageLine(t, pageLines(b[i])[0], nil).want(t, exitOK); lastLine(got.stdout) != "the shim speaks the protocol" {
		t.Errorf("standard output:\n%s", got.stdout)
	}
}

// perlOutput plays the one scenario that fails, and compares what is shown of it.
func perlOutput(t *testing.T, b []block, i int) {
	t.Parallel()
	needsPerl(t)
	got := pageLine(t, pageLines(b[i-1])[1], nil, "--filter", "malformed/puback-flags").want(t, exitFailed)
	shown, _, _ := strings.Cut(b[i].text, "\n\n")
	if !strings.Contains(got.stdout, shown) {
		t.Errorf("standard output has no\n%s\nin\n%s", shown, got.stdout)
	}
}

// listKnown writes the list of one scenario that fails, and plays it with the list.
func listKnown(t *testing.T, b []block, i int) {
	t.Parallel()
	needsPerl(t)
	words := map[string]string{"known.txt": filepath.Join(t.TempDir(), "known.txt")}
	lines := pageLines(b[i])
	pageLine(t, lines[0], words, "--filter", "malformed/puback-flags").want(t, exitFailed)
	pageLine(t, lines[1], words, "--filter", "malformed/puback-flags").want(t, exitOK)
}

// execMosquitto plays one scenario with each of the two programs.
func execMosquitto(t *testing.T, b []block, i int) {
	t.Parallel()
	lookPath(t, "mosquitto_pub")
	lookPath(t, "mosquitto_sub")
	lines := pageLines(b[i])
	pageLine(t, lines[0], map[string]string{"qos1/*": "qos1/puback-of-another"}).want(t, exitOK)
	pageLine(t, lines[1], nil, "--filter", "malformed/publish-zero-id").want(t, exitOK)
}

// proxyLine starts the proxy with the script of the page before a broker, and has a client pass.
func proxyLine(t *testing.T, b []block, i int) {
	if !strings.HasPrefix(b[i].text, "mqttconform") {
		i-- // the script, which the line above uses
	}
	var args []string
	words := map[string]string{"127.0.0.1:1883": startBroker(t), "captures": t.TempDir(),
		"faults.yaml": write(t, t.TempDir(), "faults.yaml", strings.Replace(b[i+1].text, "10s", "1m", 1))}
	for _, w := range strings.Fields(pageLines(b[i])[0])[2:] {
		if w == "--listen" || w == "127.0.0.1:1884" {
			continue // startProxy listens at a free port
		}
		if words[w] != "" {
			w = words[w]
		}
		args = append(args, w)
	}
	p := startProxy(t, args...)
	if err := uses(t, p.addr, "page", 1); err != nil {
		t.Error(err)
	}
	if got := p.stop(t, syscall.SIGTERM, exitOK); !strings.Contains(got, "connections: 1 opened") || !strings.Contains(got, "findings:        0 must") {
		t.Errorf("standard output:\n%s", got)
	}
}

// workflow decodes the workflow; TestReadmeCommands checks its command line.
func workflow(t *testing.T, b []block, i int) {
	var w struct {
		On   any
		Jobs map[string]struct {
			RunsOn string `yaml:"runs-on"`
			Steps  []struct{ Uses, Run string }
		}
	}
	if err := yaml.Unmarshal([]byte(b[i].text), &w); err != nil {
		t.Fatal(err)
	}
	job := w.Jobs["conformance"]
	if w.On == nil || job.RunsOn == "" || len(job.Steps) < 3 {
		t.Errorf("%+v", w)
	}
	for n, s := range job.Steps {
		if (s.Uses == "") == (s.Run == "") {
			t.Errorf("step %d has uses %q and run %q", n+1, s.Uses, s.Run)
		}
	}
}

// swarmShards plays some seeds in two parts, of 100 and 10 seeds, and merges them.
func swarmShards(t *testing.T, b []block, i int) {
	t.Setenv("UMQTT_TEST_PROGRAM", "mqttconform") // for the workers
	dir := t.TempDir()
	words := map[string]string{"1-100000": "1-110", "a.json": filepath.Join(dir, "a.json"), "b.json": filepath.Join(dir, "b.json")}
	for _, line := range pageLines(b[i]) {
		if got := pageLine(t, line, words).want(t, exitOK); !strings.HasSuffix(lastLine(got.stdout), " runs, 0 failed") {
			t.Errorf("%s:\n%s", line, got.stdout)
		}
	}
}

// scenarioPlays loads a scenario, and plays it with the client of this module.
func scenarioPlays(t *testing.T, b []block, i int) {
	file := write(t, t.TempDir(), "page.yaml", b[i].text)
	invoke(t, "check", file).want(t, exitOK)
	got := invoke(t, "run", "--world", "simulated", "--subject", "simple", file).want(t, exitOK)
	if lastLine(got.stdout) != "1 passed, 0 failed, 0 skipped" {
		t.Errorf("standard output:\n%s", got.stdout)
	}
}

// fragmentPlays plays the steps of a block, behind a header and, for a block without a connect, a connection.
func fragmentPlays(t *testing.T, b []block, i int) {
	text := "title: A block of the reference\nlevel: may\npeer: script\nneeds: [qos1]\n"
	body := strings.Replace(b[i].text, "repeat: 66000", "repeat: 3", 1)
	if !strings.Contains(body, "client connect:") {
		text += "steps:\n  - client connect:\n  - expect CONNECT:\n  - send CONNACK: {session_present: false, code: 0}\n"
		text += "  - client subscribe: {filter: s, qos: 0}\n  - expect SUBSCRIBE: {packet_id: $held}\n"
		text += "  - send SUBACK: {packet_id: $held, codes: [0]}\n"
	} else {
		text = strings.Replace(text, "level: may", "level: must\nwhy: \"3.2.2: a CONNACK with a code other than 0 refuses the connection.\"\ncovers: [MQTT-3.2.2-5]", 1)
	}
	file := write(t, t.TempDir(), "page.yaml", text+body)
	got := invoke(t, "run", "--world", "simulated", "--subject", "simple", file).want(t, exitOK)
	if last := lastLine(got.stdout); !regexp.MustCompile(`^[12] passed, 0 failed, 0 skipped$`).MatchString(last) {
		t.Errorf("standard output:\n%s", got.stdout)
	}
}

// goldenLines finds the lines of a golden that the page explains, in their order.
func goldenLines(t *testing.T, b []block, i int) {
	rest := read(t, filepath.Join(root, "golden/simple/qos1/puback-lost.wire"))
	for line := range strings.Lines(b[i].text) {
		line, _, _ = strings.Cut(strings.TrimRight(line, "\n"), "     ")
		_, after, found := strings.Cut(rest, strings.TrimRight(line, " ")+"\n")
		if !found {
			t.Fatalf("the golden has no line %q, or at another place", line)
		}
		rest = after
	}
}

// fromTcpdump reads a capture that tcpdump wrote. The first line writes one, which only root may do.
func fromTcpdump(t *testing.T, b []block, i int) {
	draft := filepath.Join(t.TempDir(), "seen.yaml")
	words := map[string]string{"trace.pcap": trace, "my/scenarios/session/seen.yaml": draft}
	for _, line := range pageLines(b[i])[1:] {
		pageLine(t, line, words).want(t, exitOK)
	}
	if _, err := scenario.ParseAll(draft, []byte(read(t, draft))); err != nil {
		t.Error(err)
	}
}

// fuzzTargets finds the target that the lines name, and the targets of make.
func fuzzTargets(t *testing.T, b []block, i int) {
	name := regexp.MustCompile(`-fuzz '\^(\w+)\$'`).FindStringSubmatch(b[i].text)
	if name == nil {
		t.Fatal("no line names a target")
	}
	files, err := filepath.Glob(filepath.Join(root, "fuzz", "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, file := range files {
		found = found || strings.Contains(read(t, file), "func "+name[1]+"(f *testing.F)")
	}
	if !found {
		t.Errorf("package fuzz has no target %s", name[1])
	}
	lookPath(t, "make")
	for _, line := range pageLines(b[i]) {
		if rest, ok := strings.CutPrefix(line, "make "); ok {
			if out, err := exec.Command("make", append([]string{"-n", "-C", root}, strings.Fields(rest)...)...).CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", line, err, out)
			}
		}
	}
}

// instead has the lines of the command line block that would take long, or need another program, and the test that
// runs the command in their place.
var instead = map[string]string{
	"run":                        "TestRunReal", // plays over TCP for a minute
	"run --known-failing":        "TestKnownFailing",
	"run --require umqtt":        "TestRunExit",
	"run -- python3":             "TestPythonShim",
	"run --html":                 "TestRunFiles",
	"sweep --workload pipelined": "TestSweep",
	"swarm --for":                "TestSwarm",
	"cause found/failing.yaml":   "TestCause",
	"search":                     "TestSearch",
	"variants --filter":          "TestVariants",
	"orders --filter":            "TestOrders",
}

// commandLines runs each line that takes less than a second.
func commandLines(t *testing.T, b []block, i int) {
	t.Setenv("UMQTT_TEST_PROGRAM", "mqttconform") // for the workers
	dir := t.TempDir()
	capture := filepath.Join(root, "golden/simple/qos1/puback-lost.wire")
	results := func(name, subject string) string {
		file := filepath.Join(dir, name)
		invoke(t, "run", "--world", "simulated", "--subject", subject, "--filter", "connect/plain", "--json", file).want(t, exitOK)
		return file
	}
	words := map[string]string{"got.wire": capture, "want.wire": capture, "trace.pcap": trace, "got.pcapng": filepath.Join(dir, "got.pcapng"),
		"a.json": results("a.json", "simple"), "b.json": results("b.json", "robust"), "m.html": filepath.Join(dir, "m.html"),
		"my-scenario.yaml": filepath.Join(root, "scenarios/qos1/puback-lost.yaml")}
	for _, line := range pageLines(b[i]) {
		command := strings.TrimPrefix(line, "go run ./harness/cmd/mqttconform ")
		test := ""
		for prefix, name := range instead {
			if command == prefix || strings.Contains(prefix, " ") && strings.HasPrefix(command, prefix) {
				test = name
			}
		}
		if test != "" {
			testExists(t, "harness/cmd/mqttconform."+test)
			continue
		}
		if command == "from-capture trace.pcap" {
			pageLine(t, line, words, "--client", "sensor-7").want(t, exitOK) // the file holds two clients
			continue
		}
		pageLine(t, line, words).want(t, exitOK)
	}
}
