package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// peakEnv names the file to which the program "measured" writes how much memory it had at most, in KiB.
const peakEnv = "UMQTT_TEST_PEAK"

func init() {
	programs["measured"] = func() error {
		code := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
		if err := writePeak(); err != nil {
			return err
		}
		os.Exit(code)
		return nil
	}
}

// writePeak writes how much memory this process has had at most, in KiB, to the file that the environment names.
func writePeak() error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	peak, _, _ := bytes.Cut(rest, []byte("kB"))
	return os.WriteFile(os.Getenv(peakEnv), bytes.TrimSpace(peak), 0o666)
}

// A flow is a file that is made while it is read: head once, and body until there are size bytes.
type flow struct {
	head, body []byte
	size       int
}

// WriteTo implements [io.WriterTo]. The end of a reader that has seen enough is no error.
func (f flow) WriteTo(w io.Writer) (int64, error) {
	block := bytes.Repeat(f.body, 1+(256<<10)/max(1, len(f.body)))
	n, err := w.Write(f.head)
	for len(f.body) > 0 && err == nil && n < f.size {
		whole := (f.size - n + len(f.body) - 1) / len(f.body) * len(f.body) // no record is cut
		var k int
		k, err = w.Write(block[:min(len(block), whole)])
		n += k
	}
	return int64(n), err
}

// wireFlow is a capture of one packet again and again.
func wireFlow(text string, packet []byte, size int) flow {
	body := "   0.000 > " + text + "\n"
	for rest := packet; len(rest) > 0; rest = rest[min(16, len(rest)):] {
		var row []string
		for _, c := range rest[:min(16, len(rest))] {
			row = append(row, hex.EncodeToString([]byte{c}))
		}
		body += "\t" + strings.Join(row, " ") + "\n"
	}
	return flow{[]byte("mqtt-capture 1\n# x\n= conn 1\n"), []byte(body), size}
}

// pcapFlow is a capture of tcpdump of raw IP packets: a CONNECT, and segments of a PUBLISH that announces 256 MiB, the
// sequence numbers of which stay the same when repeated is set, as those of retransmissions.
func pcapFlow(size int, port uint16) flow {
	frame := func(seq uint32, flags byte, payload []byte) []byte {
		ip := make([]byte, 40, 40+len(payload))
		ip[0], ip[8], ip[9] = 0x45, 64, 6
		binary.BigEndian.PutUint16(ip[2:], uint16(40+len(payload)))
		copy(ip[12:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
		binary.BigEndian.PutUint16(ip[20:], 40000)
		binary.BigEndian.PutUint16(ip[22:], port)
		binary.BigEndian.PutUint32(ip[24:], seq)
		ip[32], ip[33] = 0x50, flags
		ip = append(ip, payload...)
		rec := make([]byte, 16)
		binary.LittleEndian.PutUint32(rec[8:], uint32(len(ip)))
		binary.LittleEndian.PutUint32(rec[12:], uint32(len(ip)))
		return append(rec, ip...)
	}
	head := make([]byte, 24)
	binary.LittleEndian.PutUint32(head, 0xa1b2c3d4)
	binary.LittleEndian.PutUint16(head[4:], 2)
	binary.LittleEndian.PutUint16(head[6:], 4)
	binary.LittleEndian.PutUint32(head[16:], 1<<18)
	binary.LittleEndian.PutUint32(head[20:], 101) // raw IP
	connect := []byte("\x10\x0e\x00\x04MQTT\x04\x02\x00\x00\x00\x02c1")
	head = append(head, frame(1, 2, nil)...)
	head = append(head, frame(2, 0x18, connect)...)
	head = append(head, frame(2+uint32(len(connect)), 0x18, []byte{0x30, 0xff, 0xff, 0xff, 0x7f})...)
	const part = 60_000
	at := 2 + uint32(len(connect)) + 5
	body := []byte{}
	for range size / part {
		body = append(body, frame(at, 0x18, make([]byte, part))...)
		at += part
	}
	return flow{append(head, body...), nil, 0}
}

// What somebody else has written takes no more memory than the limits allow, and the error says which one it is beyond.
func TestMemory(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector takes memory and time of its own")
	}
	const file, bound = 100 << 20, 300 << 20
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	scenarioHead := "title: x\ncovers: []\nlevel: may\npeer: script\nsteps:\n"
	publish := append([]byte{0x30, 0xff, 0x7f, 0, 1, 't'}, make([]byte, 16383-3)...)
	for _, tt := range []struct {
		name string
		args []string // @ is the file; without it the file is standard input
		file flow
		code int
		want string // in standard error
	}{
		{"show, many records", []string{"show", "-"}, wireFlow("PINGREQ", []byte{0xc0, 0}, file), exitUsage, "too large: more than 1048576 records"},
		{"show, as many records as may be", []string{"show", "-"}, wireFlow("PINGREQ", []byte{0xc0, 0}, 26<<20+20), exitOK, ""},
		{"show, large records", []string{"show", "-"}, wireFlow("raw 16387B", append([]byte{0xff}, publish...), file), exitOK, ""},
		{"show, a record without an end", []string{"show", "-"}, flow{[]byte("mqtt-capture 1\n# x\n= conn 1\n   0.000 > PINGREQ\n"), []byte("\t" + strings.Repeat("c0 ", 15) + "c0\n"), 4 * file}, exitUsage, "too large: the packets have more than 67108864 bytes"},
		{"show, a line without an end", []string{"show", "-"}, flow{[]byte("mqtt-capture 1\n# "), []byte("x"), file}, exitUsage, "too large: the line has more than 1048576 bytes"},
		{"show, a pcap file", []string{"show", "-"}, pcapFlow(60<<20, 1883), exitOK, ""},
		{"show, a larger pcap file", []string{"show", "-"}, pcapFlow(file, 1883), exitUsage, "more than 67108864 bytes of MQTT"},
		{"from-capture", []string{"from-capture", "-"}, wireFlow("PINGREQ", []byte{0xc0, 0}, 10<<20), exitUsage, "a draft can have at most 10000"},
		{"from-capture, large records", []string{"from-capture", "-"}, wireFlow(`PUBLISH qos=0 dup=0 retain=0 topic="t" payload=16380B`, publish, file), exitUsage, "a draft can have at most 8388608"},
		{"compare", []string{"compare", "-", "@"}, wireFlow("PINGREQ", []byte{0xc0, 0}, 8<<20), exitOK, ""},
		{"pcapng of many records", []string{"show", "--pcapng", "/dev/null", "-"}, wireFlow("PINGREQ", []byte{0xc0, 0}, 8<<20), exitUsage, "more than 262144 records"},
		{"check, a large file", []string{"check", "@"}, flow{[]byte(scenarioHead), []byte("  - wait: 1s\n"), file}, exitUsage, "the file has more than 8388608 bytes"},
		{"check, many steps", []string{"check", "@"}, flow{[]byte(scenarioHead), []byte("  - wait: 1s\n"), 1 << 20}, exitUsage, "are more than 20000"},
		{"check, large payloads", []string{"check", "@"}, flow{[]byte(scenarioHead), []byte("  - client publish: {topic: t, payload_size: 16777216}\n"), 11 << 10}, exitUsage, "at most 67108864"},
		{"check, deep", []string{"check", "@"}, flow{[]byte(scenarioHead + "  - wait: "), []byte("["), 400_000}, exitUsage, "exceeded max depth"},
		{"check, mistakes", []string{"check", "@"}, flow{[]byte(scenarioHead), []byte("  - expect PUBLISH: {tpic: t}\n"), 500_000}, exitUsage, "more lines"},
		{"known failures", []string{"run", "--known-failing", "@"}, flow{nil, []byte("x/y\n"), file}, exitUsage, "the file has more than 1048576 bytes"},
		{"results", []string{"matrix", "-"}, flow{[]byte(`{"results":[`), []byte(`{},`), file}, exitUsage, "more than 67108864 bytes"},
		{"many results", []string{"merge", "@"}, flow{[]byte(`{"results":[`), []byte(`{},`), 4 << 20}, exitUsage, "more than 262144 objects"},
		{"faults", []string{"proxy", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--script", "@"}, flow{nil, []byte("- fault drop: {packet: PUBACK}\n"), file}, exitUsage, "the file has more than 8388608 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			args := append([]string(nil), tt.args...)
			stdin := true
			for i, a := range args {
				if a != "@" {
					continue
				}
				stdin = i > 1 && args[i-1] == "-" // compare takes both
				args[i] = filepath.Join(dir, "x.yaml")
				f, err := os.Create(args[i])
				if err != nil {
					t.Fatal(err)
				}
				if _, err := tt.file.WriteTo(f); err != nil {
					t.Fatal(err)
				}
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), exe, args...)
			peak := filepath.Join(dir, "peak")
			cmd.Env = append(os.Environ(), "UMQTT_TEST_PROGRAM=measured", peakEnv+"="+peak)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if stdin {
				_, _ = tt.file.WriteTo(in) // it may end when the program has seen enough
			}
			in.Close()
			err = cmd.Wait()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if got := cmd.ProcessState.ExitCode(); got != tt.code || !strings.Contains(stderr.String(), tt.want) {
				t.Errorf("exit status %d, want %d, and %q on standard error:\n%.2000s", got, tt.code, tt.want, &stderr)
			}
			text, err := os.ReadFile(peak)
			if err != nil {
				t.Fatal(err)
			}
			var kib int
			if _, err := fmt.Sscan(string(text), &kib); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d MiB, %v of CPU", kib>>10, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
			if kib<<10 > bound {
				t.Errorf("it takes %d MiB; want at most %d", kib>>10, bound>>20)
			}
		})
	}
}
