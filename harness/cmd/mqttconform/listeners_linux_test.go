package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"umqtt/harness/broker"
)

func init() {
	// broker listens until its standard input ends.
	programs["broker"] = func() error {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		if _, err := broker.Start(ln); err != nil {
			return err
		}
		fmt.Printf("clients connect to %s;\n", ln.Addr())
		if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
			return err
		}
		return writePeak()
	}
}

// Clients that announce much, send little and stay take little memory of the broker, and of the proxy.
func TestListenersMemory(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector takes memory of its own")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const bound = 100 << 20
	for name, args := range map[string][]string{
		"broker":   nil,
		"measured": {"proxy", "--listen", "127.0.0.1:0", "--upstream", startBroker(t)},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), exe, args...)
			peak := filepath.Join(t.TempDir(), "peak")
			cmd.Env = append(os.Environ(), "UMQTT_TEST_PROGRAM="+name, peakEnv+"="+peak)
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stderr = cmd.Stdout
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			r := bufio.NewReader(out)
			line, err := r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			_, addr, _ := strings.Cut(line, " to ")
			if addr, _, _ = strings.Cut(addr, ";"); addr == "" {
				t.Fatalf("the first line is %q", line)
			}
			go io.Copy(io.Discard, r)
			const connect = "\x10\x0e\x00\x04MQTT\x04\x02\x00\x00\x00\x02c"
			for i := range 200 {
				c, err := net.Dial("tcp", addr)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				announced := "\x30\xff\xff\xff\x04" // 10 MiB
				if i%2 == 0 {
					announced = "\x30\xff\xff\xff\x7f" // 256 MiB: the connection ends
				}
				if _, err := io.WriteString(c, connect+string(rune('A'+i%26))); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
					t.Fatalf("no CONNACK: %v", err)
				}
				if _, err := io.WriteString(c, announced+strings.Repeat("x", 4000)); err != nil {
					t.Fatal(err)
				}
				if i%2 == 0 {
					if _, err := c.Read(make([]byte, 1)); err == nil {
						t.Error("a packet of 256 MiB is taken")
					}
				}
			}
			in.Close()
			if args != nil {
				cmd.Process.Signal(os.Interrupt)
			}
			cmd.Wait()
			text, err := os.ReadFile(peak)
			if err != nil {
				t.Fatal(err)
			}
			var kib int
			if _, err := fmt.Sscan(string(text), &kib); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d MiB", kib>>10)
			if kib<<10 > bound {
				t.Errorf("it takes %d MiB; want at most %d", kib>>10, bound>>20)
			}
		})
	}
}
