//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/harness/proxy"
)

// serves runs serve at a free port, and calls begin with the address where the device is to connect.
func serves(t *testing.T, begin func(addr string), args ...string) invoked {
	t.Helper()
	var stdout bytes.Buffer
	stderr := &announced{begin: begin}
	code := app{program: "mqttconform", stdin: strings.NewReader(""), stdout: &stdout, stderr: stderr}.run(append([]string{"serve", "--listen", "127.0.0.1:0"}, args...))
	return invoked{code, stdout.String(), stderr.String()}
}

// announced is the standard error of serve. It calls begin once, with the address that is written to it.
type announced struct {
	bytes.Buffer
	begin func(addr string)
}

func (a *announced) Write(b []byte) (int, error) {
	if _, addr, ok := strings.Cut(string(b), "the device connects to "); ok && a.begin != nil {
		begin := a.begin
		a.begin = nil
		begin(strings.TrimSpace(addr))
	}
	return a.Buffer.Write(b)
}

// board is a client that connects to an address again and again, publishes a message on each connection, if there is
// one, and makes the publishes that it reads from a pipe. It ends with the test.
func board(t *testing.T, addr, pipe string, says ...client.Message) {
	t.Helper()
	if held, _, err := proxy.Hold(addr); err == nil { // nobody else is to listen where the board goes on dialing
		t.Cleanup(func() { held.Close() })
	}
	asked := make(chan client.Message, 16)
	if pipe != "" {
		f, err := os.OpenFile(pipe, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		go func() {
			lines := bufio.NewScanner(f)
			for lines.Scan() {
				var r struct {
					Op, Topic, Payload string
					QoS                byte
				}
				if json.Unmarshal(lines.Bytes(), &r); r.Op == "publish" {
					asked <- client.Message{Topic: []byte(r.Topic), Payload: []byte(r.Payload), QoS: r.QoS}
				}
			}
		}()
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			live(ctx, addr, says, asked)
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

// live is the life of one connection. A message whose publish fails is left for the next one.
func live(ctx context.Context, addr string, says []client.Message, asked chan client.Message) {
	c, err := client.New(client.Config{Addr: addr, ClientID: "board", KeepAlive: 2 * time.Second})
	if err != nil {
		return
	}
	defer c.Close()
	if _, err := c.Connect(ctx, true); err != nil {
		return
	}
	for _, m := range says {
		if c.Publish(ctx, m.Topic, m.Payload, m.QoS, false) != nil {
			return
		}
	}
	for {
		select {
		case m := <-asked:
			if c.Publish(ctx, m.Topic, m.Payload, m.QoS, false) != nil {
				asked <- m // for the next connection
				return
			}
		default:
		}
		if _, err := c.WaitFor(ctx, 20*time.Millisecond); err != nil {
			return
		}
	}
}

// A device is played as it comes. What it has no call for is not played, and said.
func TestServe(t *testing.T) {
	var addr string
	got := serves(t, func(at string) {
		addr = at
		board(t, addr, "")
	}, "--name", "board", "--features", "qos1,keep-alive", "--filter", "connect/plain",
		"--filter", "malformed/connack-flags", "--filter", "malformed/connack-too-long", "--filter", "qos1/puback-lost", "--filter", "publish/qos1-arrives", "--filter", "will/*").want(t, exitOK)
	for _, want := range []string{"pass          board    plain", "pass          board    connack-too-long", "has no call for client publish; --trigger runs a command for it"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("no %q in\n%s", want, got.stdout)
		}
	}
	if want := "mqttconform: the device connects to " + addr + "\n"; got.stderr != want {
		t.Errorf("standard error has %q, want %q", got.stderr, want)
	}
}

// A trigger is run for each call, and is told which.
func TestServeTrigger(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	begin := func(addr string) { board(t, addr, pipe) }
	got := serves(t, begin, "--features", "qos1", "--trigger", "cat > "+pipe, "--filter", "publish/qos1-arrives").want(t, exitOK)
	if lastLine(got.stdout) != "1 passed, 0 failed, 0 skipped" {
		t.Errorf("%s", got.stdout)
	}
	got = serves(t, begin, "--features", "qos1", "--trigger", "echo no such button >&2; exit 3", "--filter", "publish/qos1-arrives").want(t, exitSetup)
	for _, want := range []string{"the trigger: exit status 3", "no such button", " --wait 2m0s --name device --trigger "} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("no %q in\n%s", want, got.stdout)
		}
	}
}

// A device publishes when it likes: that is no fault where a scenario expects silence. On a machine that was late the
// scenario is played again, and may be inconclusive, as any that warns.
func TestServePublishing(t *testing.T) {
	says := client.Message{Topic: []byte("t"), Payload: []byte("21 C"), QoS: 1}
	got := serves(t, func(addr string) { board(t, addr, "", says) }, "--features", "qos1", "--filter", "connect/plain").want(t, exitOK)
	passed := lastLine(got.stdout) == "1 passed, 0 failed, 0 skipped" || strings.Contains(got.stdout, "the machine stalled")
	if !passed || !strings.Contains(got.stdout, `> PUBLISH qos=1 dup=0 retain=0 topic="t"`) {
		t.Errorf("%s", got.stdout)
	}
}

// A device that never comes is set-up that fails, after the wait: it breaks no rule. The wait is long enough for a tenth
// of it to be more than a busy machine is late: the result would else be inconclusive.
func TestServeNobody(t *testing.T) {
	var addr string
	got := serves(t, func(at string) { addr = at }, "--wait", "100ms", "--filter", "connect/plain").want(t, exitSetup)
	if !strings.Contains(got.stdout, "the device did not connect: nothing came to "+addr) || strings.Contains(got.stdout, "rule:") {
		t.Errorf("%s", got.stdout)
	}
}

// Mistakes in the flags, and an address that is taken, are noticed before anything is played; an address that
// others can reach is pointed out.
func TestServeFlags(t *testing.T) {
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"--listen nowhere", exitUsage, `--listen "nowhere": it is HOST:PORT`},
		{"--listen 127.0.0.1:", exitUsage, "--listen"},
		{"--wait 0s", exitUsage, "--wait 0s: it must be positive"},
		{"--world simulated", exitUsage, "unknown flag: --world"},
	} {
		if got := invoke(t, append([]string{"serve"}, strings.Fields(tt.args)...)...).want(t, tt.code); !strings.Contains(got.stderr, tt.want) {
			t.Errorf("%s: no %q in\n%s", tt.args, tt.want, got.stderr)
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if got := invoke(t, "serve", "--listen", ln.Addr().String()).want(t, exitSetup); !strings.Contains(got.stderr, "--listen: ") {
		t.Errorf("%s", got.stderr)
	}
	for listen, safe := range map[string]bool{"127.0.0.1:1": true, "localhost:1": true, "[::1]:1": true, ":1": false, "0.0.0.0:1": false, "192.0.2.7:1": false} {
		if got := (&serveFlags{listen: listen}).loopback(); got != safe {
			t.Errorf("%s: only from this machine is %t, want %t", listen, got, safe)
		}
	}
}

// The address is nobody else's while no scenario listens there, until the end of the run.
func TestServeHolds(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no port is held here")
	}
	elsewhere, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	d := &serveFlags{listen: "localhost:0", wait: time.Second, name: "device"}
	release, err := d.open()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	host, port, err := net.SplitHostPort(d.listen)
	if err != nil || host != "localhost" || port == "0" {
		t.Fatalf("the address is %q, want a port of localhost", d.listen)
	}
	from, err := net.ResolveTCPAddr("tcp4", d.listen)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := (&net.Dialer{LocalAddr: from}).Dial("tcp", elsewhere.Addr().String()); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a dial from the address: %v, %v, want EADDRINUSE", c, err)
	}
}
