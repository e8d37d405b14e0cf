package pcap_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
)

// tshark runs tshark on a file. Where there is none the test is skipped, but not under CI.
func tshark(t *testing.T, file []byte, args ...string) []string {
	t.Helper()
	path, err := exec.LookPath("tshark")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no tshark (Debian: apt-get install tshark): %v", err)
		}
		t.Skip("no tshark; make tshark needs it")
	}
	name := filepath.Join(t.TempDir(), "x.pcapng")
	if err := os.WriteFile(name, file, 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, append([]string{"-n", "-r", name, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Logf("%s", exit.Stderr)
		}
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// tsharkRecords is what tshark sees of a file that holds well-formed packets only: packets, ends and events.
func tsharkRecords(t *testing.T, file []byte) []string {
	t.Helper()
	var got []string
	fields := []string{"frame.time_epoch", "tcp.stream", "tcp.srcport", "tcp.len", "mqtt.msgtype", "tcp.flags.fin", "tcp.flags.reset", "tcp.flags.syn",
		"tcp.checksum.status", "ip.checksum.status", "_ws.malformed", "frame.comment"}
	args := []string{"-T", "fields", "-E", "separator=\x01", "-E", "aggregator=\x02"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	for i, line := range tshark(t, file, args...) {
		values := strings.Split(line, "\x01")
		if len(values) != len(fields) {
			t.Fatalf("frame %d: %q", i+1, line)
		}
		v := make(map[string]string)
		for i, f := range fields {
			v[f] = values[i]
		}
		const good = "1"
		if v["ip.checksum.status"] != good || v["tcp.stream"] != "" && v["tcp.checksum.status"] != good {
			t.Errorf("frame %d: a bad checksum", i+1)
		}
		if v["_ws.malformed"] != "" {
			t.Errorf("frame %d is malformed", i+1)
		}
		what := ""
		for _, c := range strings.Split(v["frame.comment"], "\x02") {
			if strings.HasPrefix(c, "* ") {
				what = c
			}
		}
		set := func(field string) bool { return v[field] == "1" || v[field] == "True" }
		side := ">"
		if v["tcp.srcport"] == "1883" {
			side = "<"
		}
		switch {
		case what != "":
		case v["mqtt.msgtype"] != "":
			what = side + " type " + v["mqtt.msgtype"]
		case set("tcp.flags.fin"):
			what = side + " FIN"
		case set("tcp.flags.reset"):
			what = side + " RST"
		case v["tcp.len"] != "0":
			continue // the beginning of a packet
		default:
			continue // a handshake
		}
		got = append(got, fmt.Sprintf("%s stream %s %s", v["frame.time_epoch"], v["tcp.stream"], what))
	}
	return got
}

// wantRecords is what tshark should see of a capture.
func wantRecords(c *capture.Capture) []string {
	var want []string
	streams := make(map[int]string)
	epoch := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	last := epoch
	for _, r := range c.Records {
		if r.Time != capture.NoTime {
			last = epoch.Add(r.Time)
		}
		stream := ""
		if r.Conn > 0 || r.Kind != capture.Event {
			if _, ok := streams[r.Conn]; !ok {
				streams[r.Conn] = fmt.Sprint(len(streams))
			}
			stream = streams[r.Conn]
		}
		what := r.Kind.String() + " " + r.Text
		if len(r.Data) > 0 {
			what = fmt.Sprintf("%s type %d", r.Kind, r.Data[0]>>4)
		}
		want = append(want, fmt.Sprintf("%d.%09d stream %s %s", last.Unix(), last.Nanosecond(), stream, what))
	}
	return want
}

// Tshark sees the connections as TCP streams, and in them the packets, ends and events with their times.
func TestTshark(t *testing.T) {
	t.Parallel()
	check := func(name string, c *capture.Capture) {
		if diff := cmp.Diff(wantRecords(c), tsharkRecords(t, written(t, c))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	check("example", example())
	for _, name := range []string{"simple/qos1/puback-lost", "robust/reconnect/first-connect", "ref/qos2/publish"} {
		file := filepath.Join("../../../golden", name+".wire")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := capture.Parse(file, text)
		if err != nil {
			t.Fatal(err)
		}
		check(name, c)
	}
}

// Tshark shows the rules that a record breaks, the name of the capture, and finds no fault in the TCP streams.
func TestTsharkComments(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := pcap.Write(&b, example(), map[int][]string{3: {"MQTT-4.4.0-1: a rule", "another"}}); err != nil {
		t.Fatal(err)
	}
	got := tshark(t, b.Bytes(), "-Y", "frame.comment contains \"MQTT-4.4.0-1\"", "-T", "fields", "-e", "frame.number", "-e", "mqtt.topic", "-e", "frame.comment")
	if diff := cmp.Diff([]string{"8\tt\t! MQTT-4.4.0-1: a rule,! another"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	trouble := "tcp.analysis.lost_segment || tcp.analysis.retransmission || tcp.analysis.out_of_order || tcp.analysis.duplicate_ack || tcp.analysis.ack_lost_segment || tcp.analysis.window_full"
	if got := tshark(t, b.Bytes(), "-Y", trouble); got[0] != "" {
		t.Errorf("tshark finds fault in the streams:\n%s", strings.Join(got, "\n"))
	}
}
