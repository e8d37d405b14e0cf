package client_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"umqtt/client"
)

// peakEnv makes this test binary a client of the server with that address. It publishes a message of topic "go", waits
// for one message, and prints how many bytes the process had in memory before, and at most by the end.
const peakEnv = "UMQTT_CLIENT_TEST_PEAK"

// receiveLarge is the process. "pinged" behind the address has it look for a PINGRESP meanwhile.
func receiveLarge(args string) error {
	addr, pinged := strings.CutSuffix(args, " pinged")
	c, err := client.New(client.Config{Addr: addr, ClientID: "c", MaxPacket: 5 + 268435455})
	if err != nil {
		return err
	}
	got := 0
	c.SetCallback(func(m client.Message) { got = len(m.Payload) })
	ctx := context.Background()
	if _, err := c.Connect(ctx, true); err != nil {
		return err
	}
	if pinged {
		if err := c.Ping(); err != nil {
			return err
		}
	}
	runtime.GC()
	before, err := inMemory("VmRSS")
	if err != nil {
		return err
	}
	if err := c.Publish(ctx, []byte("go"), nil, 0, false); err != nil {
		return err
	}
	if _, err := c.WaitMsg(ctx); err != nil {
		return err
	}
	peak, err := inMemory("VmHWM")
	if err != nil {
		return err
	}
	fmt.Println(got, before, peak)
	return c.Close()
}

// inMemory is a size of this process in bytes, as Linux tells it.
func inMemory(name string) (int, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(status, []byte(name+":"))
	var kB int
	if _, err := fmt.Sscan(string(rest), &kB); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return kB << 10, nil
}

// sendLarge serves one client: it answers CONNECT, and a PUBLISH by one of size bytes. A PINGREQ it does not answer.
func sendLarge(l net.Listener, size int) error {
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	for {
		packet, err := nextPacket(r)
		if err != nil {
			return nil // the client has closed the connection
		}
		switch packet[0] >> 4 {
		case 1:
			_, err = conn.Write([]byte{0x20, 2, 0, 0})
		case 3:
			n := size - 5
			_, err = conn.Write([]byte{0x30, byte(n) | 128, byte(n>>7) | 128, byte(n>>14) | 128, byte(n >> 21), 0, 1, 't'})
			if err == nil {
				_, err = io.CopyN(conn, ones{}, int64(n-3))
			}
		}
		if err != nil {
			return err
		}
	}
}

// ones has no end.
type ones struct{}

func (ones) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 1
	}
	return len(p), nil
}

// What the process takes of the machine's memory is bounded as what the heap takes is, see TestPeak.
func TestPeakOfProcess(t *testing.T) {
	if raceDetector || runtime.GOOS != "linux" {
		t.Skip("only Linux tells what a process takes, and the race detector takes memory of its own")
	}
	for _, size := range []int{32 << 20, 100<<20 + 1} {
		for _, suffix := range []string{"", " pinged"} {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			served := make(chan error, 1)
			go func() { served <- sendLarge(l, size) }()
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), peakEnv+"="+l.Addr().String()+suffix)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			if err := <-served; err != nil {
				t.Fatal(err)
			}
			var got, before, peak int
			if _, err := fmt.Sscan(string(out), &got, &before, &peak); err != nil {
				t.Fatalf("%v: %q", err, out)
			}
			grown := peak - before
			t.Logf("%d bytes for a packet of %d%s: %.2f times as many", grown, size, suffix, float64(grown)/float64(size))
			if got != size-8 || grown < size || grown > size+size/4 {
				t.Errorf("%d bytes for a packet of %d%s with a payload of %d, want 1 to 1.25 times as many", grown, size, suffix, got)
			}
		}
	}
}
