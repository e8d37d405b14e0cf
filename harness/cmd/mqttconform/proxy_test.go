//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/harness/broker"
	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
	"umqtt/harness/wire"
)

// startBroker returns the address of a broker.
func startBroker(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b, err := broker.Start(ln)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Stop() })
	return ln.Addr().String()
}

// proxied is a proxy in a process of its own.
type proxied struct {
	cmd     *exec.Cmd
	addr    string // where clients connect to
	control string // the URL of its control interface, if it has one
	lines   chan string
	stderr  bytes.Buffer
	errs    sync.WaitGroup
}

// startProxy starts a proxy, and waits until it listens.
func startProxy(t *testing.T, args ...string) *proxied {
	t.Helper()
	p := &proxied{cmd: exec.Command(os.Args[0], append([]string{"proxy", "--listen", "127.0.0.1:0"}, args...)...), lines: make(chan string, 10_000)}
	p.cmd.Env = append(os.Environ(), "UMQTT_TEST_PROGRAM=mqttconform")
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill() })
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	ready := make(chan struct{})
	p.errs.Go(func() {
		for s := bufio.NewScanner(stderr); s.Scan(); {
			line := s.Text()
			fmt.Fprintln(&p.stderr, line)
			if rest, ok := strings.CutPrefix(line, "mqttconform: control at "); ok {
				p.control = rest
			}
			if rest, ok := strings.CutPrefix(line, "mqttconform: clients connect to "); ok {
				p.addr, _, _ = strings.Cut(rest, ";")
				close(ready)
			}
		}
	})
	select {
	case <-ready:
	case <-time.After(20 * time.Second):
		t.Fatal("the proxy does not listen")
	}
	return p
}

// next returns the next lines of standard output, up to one that has text.
func (p *proxied) next(t *testing.T, text string) []string {
	t.Helper()
	var all []string
	limit := time.After(20 * time.Second)
	for {
		select {
		case line, ok := <-p.lines:
			if all = append(all, line); ok && strings.Contains(line, text) {
				return all
			} else if ok {
				continue
			}
		case <-limit:
		}
		t.Fatalf("no line with %q in\n%s", text, strings.Join(all, "\n"))
	}
}

// stop ends the proxy by a signal, and returns the rest of its standard output.
func (p *proxied) stop(t *testing.T, sig os.Signal, code int) string {
	t.Helper()
	p.cmd.Process.Signal(sig)
	var all []string
	for line := range p.lines {
		all = append(all, line)
	}
	p.errs.Wait()
	p.cmd.Wait()
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("exit code %d, want %d\n%s", got, code, p.stderr.String())
	}
	return strings.Join(all, "\n")
}

// uses has a client of this module connect, subscribe, publish and leave.
func uses(t *testing.T, addr, id string, messages int) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := client.New(client.Config{Addr: addr, ClientID: id, KeepAlive: 30 * time.Second})
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Connect(ctx, true); err != nil {
		return err
	}
	for i := range messages {
		if err := c.Publish(ctx, []byte("t/"+id), fmt.Append(nil, i), 1, false); err != nil {
			return err
		}
	}
	return c.Disconnect()
}

// speaks writes packets to the proxy as a client that gets something wrong, reading as many bytes between them.
func speaks(t *testing.T, addr string, id string, packets ...wire.Packet) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	c.Write((&wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: id}).Append(nil))
	if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	for _, p := range packets {
		c.Write(p.Append(nil))
	}
	c.(*net.TCPConn).CloseWrite()
	io.Copy(io.Discard, c)
}

// The faults of a script fire on the traffic of a real client, and the summary counts them; SIGUSR1 writes one.
func TestProxyScript(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "faults.yaml", "- fault delay: {packet: PUBACK, by: 5ms}\n- fault split: {packet: PUBLISH, sizes: [1]}\n- wait: 1ms\n- fault refuse:\n")
	p := startProxy(t, "--upstream", startBroker(t), "--script", file)
	if err := uses(t, p.addr, "c1", 3); err != nil {
		if err = uses(t, p.addr, "c1", 3); err != nil { // the first one was refused
			t.Fatal(err)
		}
	}
	p.cmd.Process.Signal(syscall.SIGUSR1)
	got := strings.Join(p.next(t, "faults fired:"), "\n")
	for _, want := range []string{"CONNECT ", "PUBLISH 3", "PUBACK 3", "delay 3", "split 3"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if got := p.stop(t, syscall.SIGINT, exitOK); !strings.Contains(got, "faults fired:    delay 3") {
		t.Errorf("the summary at the end:\n%s", got)
	}
}

// The monitors name what a bad client gets wrong while it runs, and have nothing against a good one.
func TestProxyWatch(t *testing.T) {
	p := startProxy(t, "--upstream", startBroker(t), "--watch", "--fail")
	if err := uses(t, p.addr, "good", 20); err != nil {
		t.Fatal(err)
	}
	speaks(t, p.addr, "bad\x1b[31m", &wire.Pingreq{}, &wire.Puback{PacketID: 7})
	lines := p.next(t, "> PUBACK id=7")
	if want := `client bad\x1b[31m, connection 2 broke MQTT-2.3.1-6 (section 2.3.1): PUBACK id=7, and no PUBLISH with that id was handed over`; !strings.Contains(lines[0], want) {
		t.Errorf("the finding begins with\n%s\nwant\n%s", lines[0], want)
	}
	for _, want := range []string{"    rule: ", "> CONNECT", "< CONNACK", "> PINGREQ"} {
		if !strings.Contains(strings.Join(lines, "\n"), want) {
			t.Errorf("no %q in\n%s", want, strings.Join(lines, "\n"))
		}
	}
	got := p.stop(t, syscall.SIGTERM, exitFailed)
	if !strings.Contains(got, "findings:        1 must, 0 should: MQTT-2.3.1-6 1") || strings.Contains(got, "good") {
		t.Errorf("%s", got)
	}
}

// Findings and the summary are lines of JSON.
func TestProxyWatchJSON(t *testing.T) {
	p := startProxy(t, "--upstream", startBroker(t), "--watch", "--format", "json")
	speaks(t, p.addr, "bad", &wire.Puback{PacketID: 7})
	line := p.next(t, "MQTT-2.3.1-6")[0]
	var f finding
	if err := json.Unmarshal([]byte(line), &f); err != nil {
		t.Fatal(err)
	}
	if f.Client != "bad" || f.Level != "must" || f.Section != "2.3.1" || f.Record != 2 || len(f.Records) != 3 || f.Time.IsZero() {
		t.Errorf("%s", line)
	}
	var end struct{ Summary summary }
	if got := p.stop(t, syscall.SIGTERM, exitOK); json.Unmarshal([]byte(got), &end) != nil || end.Summary.Watch == nil || end.Summary.Watch.Must != 1 {
		t.Errorf("%s", got)
	}
}

// Two hundred clients at once are served, watched and captured; the captures are valid and bounded.
func TestProxyManyClients(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "captures")
	write(t, dir, "proxy-000001.wire", "of an earlier run")
	p := startProxy(t, "--upstream", startBroker(t), "--watch", "--captures", dir, "--pcapng", "--max-capture", "30000", "--keep", "3")
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			if err := uses(t, p.addr, fmt.Sprint("c", i), 3); err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	got := p.stop(t, syscall.SIGTERM, exitOK)
	for _, want := range []string{"connections: 200 opened", "PUBLISH 600", "0 must, 0 should: nothing"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	wires, _ := filepath.Glob(filepath.Join(dir, "*.wire"))
	if len(wires) != 3 {
		t.Errorf("%d captures are kept, want 3: %v", len(wires), wires)
	}
	for _, name := range wires {
		text := read(t, name)
		c, err := capture.Parse(name, []byte(text))
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if len(text) > 31_000 {
			t.Errorf("%s has %d bytes", name, len(text))
		}
		if len(c.Records) == 0 {
			continue
		}
		if _, err := pcap.Read(name, strings.NewReader(read(t, asPcapngName(name))), pcap.Options{}); err != nil {
			t.Error(err)
		}
	}
	if all, _ := filepath.Glob(filepath.Join(dir, "*")); len(all) != 6 {
		t.Errorf("%d files are left: %v", len(all), all)
	}
}

// Without a broker the client is disconnected, and counted.
func TestProxyWithoutBroker(t *testing.T) {
	p := startProxy(t, "--upstream", "127.0.0.1:1")
	if err := uses(t, p.addr, "c", 1); err == nil {
		t.Error("a client connects without a broker")
	}
	if got := p.stop(t, syscall.SIGTERM, exitOK); !strings.Contains(got, "1 for which the broker was not reached (dial tcp") {
		t.Errorf("%s", got)
	}
}

// Mistakes are noticed before anything listens; those of a script have their place.
func TestProxyMistakes(t *testing.T) {
	bad := write(t, t.TempDir(), "bad.yaml", "- fault drop: {packet: PUBACK}\n- fault dorp: {}\n- fault cut: {how: rst, packet: PUBAK}\n")
	for _, tt := range []struct{ args, want string }{
		{"", "proxy needs --upstream"},
		{"--upstream nowhere", `--upstream "nowhere": it is HOST:PORT`},
		{"--upstream a:1 --listen b", `--listen "b"`},
		{"--upstream a:1 --fail", "--fail goes with --watch"},
		{"--upstream a:1 --new-clients", "--new-clients goes with --watch"},
		{"--upstream a:1 --pcapng", "--pcapng goes with --captures"},
		{"--upstream a:1 --keep 0", "--keep 0"},
		{"--upstream a:1 --max-capture 0", "--max-capture 0"},
		{"--upstream a:1 --captures d --pcapng --max-capture 999999999", "with --pcapng it is at most"},
		{"--upstream a:1 --for -1s", "--for -1s"},
		{"--upstream a:1 --format xml", `--format "xml"`},
		{"--upstream a:1 --tls-cert x", "--tls-cert and --tls-key go together"},
		{"--upstream a:1 --upstream-ca x", "--upstream-ca goes with"},
		{"--upstream a:1 --control 0.0.0.0:1", "it is a loopback address"},
		{"--upstream a:1 b", `proxy takes no arguments, such as "b"`},
		{"--upstream a:1 --script absent.yaml", "absent.yaml: no such file"},
		{"--upstream a:1 --script " + bad, bad + `:2:3: no verb "fault dorp"`},
		{"--upstream a:1 --script " + bad, bad + `:3:33: `},
	} {
		if got := invoke(t, append([]string{"proxy"}, strings.Fields(tt.args)...)...).want(t, exitUsage); !strings.Contains(got.stderr, tt.want) {
			t.Errorf("%s: no %q in\n%s", tt.args, tt.want, got.stderr)
		}
	}
	addr := startBroker(t)
	invoke(t, "proxy", "--upstream", "a:1", "--listen", addr).want(t, exitSetup)
	got := invoke(t, "proxy", "--upstream", addr, "--listen", "0.0.0.0:0", "--for", "1ms").want(t, exitOK)
	if !strings.Contains(got.stderr, "warning: other machines can connect to 0.0.0.0:0") || !strings.Contains(got.stdout, "connections: 0 opened") {
		t.Errorf("%s%s", got.stdout, got.stderr)
	}
}
