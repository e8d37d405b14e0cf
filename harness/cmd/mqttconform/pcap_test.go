package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture/pcap"
)

// trace is what dumpcap has seen of mosquitto_sub and mosquitto_pub, on the loopback interface.
const trace = "testdata/mosquitto.pcap"

// A capture goes to pcapng and back, by files and by standard input and output.
func TestShowConverts(t *testing.T) {
	const golden = "../../../golden/robust/reconnect/first-connect.wire"
	dir := t.TempDir()
	file, again := filepath.Join(dir, "x.pcapng"), filepath.Join(dir, "x.wire")
	if got := invoke(t, "show", golden, "--pcapng", file).want(t, exitOK); got.stdout+got.stderr != "" {
		t.Errorf("show --pcapng wrote %q and %q", got.stdout, got.stderr)
	}
	invoke(t, "show", "--wire", again, file).want(t, exitOK)
	if diff := cmp.Diff(read(t, golden), read(t, again)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	piped := invoke(t, "show", golden, "--pcapng", "-").want(t, exitOK)
	if piped.stdout != read(t, file) {
		t.Error("standard output is another file")
	}
	if got := invokeWith(t, piped.stdout, "show", "-").want(t, exitOK); got.stdout != invoke(t, "show", golden).stdout {
		t.Errorf("of standard input:\n%s", got.stdout)
	}
	invoke(t, "compare", file, golden).want(t, exitOK)
	got := invoke(t, "show", golden, "--pcapng", filepath.Join(dir, "absent", "x.pcapng")).want(t, exitSetup)
	if !strings.Contains(got.stderr, "a capture could not be written: ") {
		t.Errorf("standard error: %s", got.stderr)
	}
}

// The rules that a client breaks are comments of the packets that break them.
func TestShowRules(t *testing.T) {
	wire := write(t, t.TempDir(), "a.wire", "mqtt-capture 1\n# connect/twice\n= conn 1\n"+strings.Repeat("   0.000 > CONNECT level=4 clean=1 keepalive=0 id=\"c1\"\n\t10 0e 00 04 4d 51 54 54 04 02 00 00 00 02 63 31\n", 2))
	got := invoke(t, "show", wire, "--pcapng", "-").want(t, exitOK)
	if !strings.Contains(got.stdout, "! MQTT-3.1.0-2 (must): ") || !strings.Contains(got.stdout, "! record 1") {
		t.Errorf("the file names no rule: %q", got.stdout)
	}
	res, err := pcap.Read("x.pcapng", strings.NewReader(got.stdout), pcap.Options{})
	if err != nil || len(res.Capture.Records) != 2 {
		t.Errorf("result %+v, error %v", res, err)
	}
}

// A trace of tcpdump is drawn, with the connections of each client.
func TestShowTrace(t *testing.T) {
	got := invoke(t, "show", "--client", "sensor-7", trace).want(t, exitOK)
	want := `# mosquitto
# measured times
    time  subject                                                                  peer
conn 1    |                                                                          |
0.004713  |-- CONNECT level=4 clean=1 keepalive=60 id="sensor-7" ------------------->|
`
	if !strings.HasPrefix(got.stdout, want) || strings.Contains(got.stdout, "sensor-sub") || got.stderr != "" {
		t.Errorf("got\n%s%s\nwant\n%s", got.stdout, got.stderr, want)
	}
	both := invoke(t, "show", trace).want(t, exitOK).stdout
	if !strings.Contains(both, "sensor-sub") || !strings.Contains(both, "conn 3 ") {
		t.Errorf("got\n%s", both)
	}
}

// A draft of a trace loads, waits as the trace did, and passes with a client that does the same.
func TestFromCaptureTrace(t *testing.T) {
	for client, tt := range map[string]struct{ subject, step string }{
		"sensor-sub": {"simple", "  - wait: 1.226s\n  - send PUBLISH: {topic: room/1/temp"},
		"127.0.0.1":  {"ref", "  - wait: 1.306s\n  - client connect: {as: up2}\n"},
	} {
		got := invoke(t, "from-capture", trace, "--client", client).want(t, exitOK)
		if !strings.Contains(got.stdout, tt.step) {
			t.Errorf("%s: no %q in\n%s", client, tt.step, got.stdout)
		}
		file := write(t, t.TempDir(), "drafts/drafted.yaml", got.stdout)
		invoke(t, "check", file).want(t, exitOK)
		invoke(t, "run", "--world", "simulated", "--strict", "--subject", tt.subject, file).want(t, exitOK)
	}
	got := invoke(t, "from-capture", trace).want(t, exitUsage)
	if want := `testdata/mosquitto.pcap holds 2 clients, and a draft is of one: choose it with --client: "sensor-sub" at ::1, "sensor-7" at 127.0.0.1`; !strings.Contains(got.stderr, want) {
		t.Errorf("standard error: %s", got.stderr)
	}
}

// What is wrong with a file is said in a line, with exit code 2.
func TestPcapErrors(t *testing.T) {
	dir := t.TempDir()
	whole, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	short := write(t, dir, "short.pcap", string(whole[:len(whole)-10]))
	newer := write(t, dir, "newer.pcap", string(bytes.ReplaceAll(whole, []byte("\x00\x04MQTT\x04"), []byte("\x00\x04MQTT\x05"))))
	wire := write(t, dir, "a.wire", ping)
	for _, tt := range []struct{ args, want string }{
		{"show " + short, short + ": frame 50: the file is truncated: "},
		{"from-capture " + short, short + ": frame 50: the file is truncated: "},
		{"compare " + short + " " + wire, short + ": frame 50: "},
		{"from-capture " + newer, newer + ": frame 4: [::1]:57786 > [::1]:18832: not MQTT 3.1.1: the client connects with MQTT 5"},
		{"show --client nobody " + trace, trace + `: no such client: "nobody"; the clients are "sensor-7" at 127.0.0.1, "sensor-sub" at ::1`},
		{"show --client c " + wire, "--client chooses among the connections of a pcap or pcapng file; " + wire + " is not such a file"},
		{"show --pcapng a --wire b " + wire, "--pcapng and --wire exclude each other"},
		{"show --pcapng a " + wire + " " + wire, "--pcapng and --wire are for one capture, not 2"},
		{"show", "show needs captures"},
		{"show " + filepath.Join(dir, "absent.pcap"), "no such file"},
	} {
		got := invoke(t, strings.Fields(tt.args)...).want(t, exitUsage)
		if !strings.Contains(got.stderr, tt.want) || got.stdout != "" {
			t.Errorf("%s: standard error %q, want %q; standard output %q", tt.args, got.stderr, tt.want, got.stdout)
		}
	}
}

// What is missing from a trace is told, and the rest shown.
func TestShowWarns(t *testing.T) {
	whole, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	frame := frames(t, whole)
	lacking := append(bytes.Clone(whole[:frame[7]]), whole[frame[8]:]...) // without the SUBACK or its like
	got := invokeWith(t, string(lacking), "show", "-").want(t, exitOK)
	if !strings.HasPrefix(got.stderr, "warning: stdin: frame ") || !strings.Contains(got.stdout, "*  lost ") {
		t.Errorf("standard error %s, standard output\n%s", got.stderr, got.stdout)
	}
	got = invokeWith(t, string(lacking), "from-capture", "-", "--client", "sensor-sub").want(t, exitOK)
	if !strings.HasPrefix(got.stderr, "warning: stdin: frame ") || !strings.Contains(got.stdout, "note: lost ") {
		t.Errorf("standard error %s, standard output\n%s", got.stderr, got.stdout)
	}
	invoke(t, "check", write(t, t.TempDir(), "drafts/drafted.yaml", got.stdout)).want(t, exitOK)
}

// frames returns the offsets of the frames of a pcap file.
func frames(t *testing.T, file []byte) []int {
	t.Helper()
	var at []int
	for i := 24; i < len(file); {
		at = append(at, i)
		i += 16 + int(file[i+8]) + int(file[i+9])<<8
	}
	if len(at) < 20 {
		t.Fatal(fmt.Errorf("%d frames", len(at)))
	}
	return at
}
