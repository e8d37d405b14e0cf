package client_test

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"umqtt/harness/broker"
)

// processEnv makes this test binary a server that runs until its standard input ends:
// "mirror", "mirror TLS" or "broker". What it allocates is not the client's.
const processEnv = "UMQTT_CLIENT_TEST_SERVER"

func TestMain(m *testing.M) {
	if args := os.Getenv(peakEnv); args != "" {
		if err := receiveLarge(args); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if kind := os.Getenv(processEnv); kind != "" {
		if err := serve(kind); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// serve prints its address and serves.
func serve(kind string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	switch kind {
	case "broker":
		if _, err := broker.Start(l); err != nil {
			return err
		}
	case "mirror":
		go mirrors(l)
	case "mirror TLS":
		forServer, _, err := keyPair()
		if err != nil {
			return err
		}
		go mirrors(tls.NewListener(l, forServer))
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// process starts a server of its own process and returns its address.
func process(t *testing.T, kind string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), processEnv+"="+kind)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	addr, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(addr)
}

func mirrors(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go mirror(conn)
	}
}

// mirror is a server for clients whose topics have two letters. It accepts and
// acknowledges, answers a message of topic "q0" or "q1" by one at that QoS, and one
// of topic "hu" by a PUBLISH that announces 256 MiB and of which 1 MiB comes.
func mirror(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for {
		packet, err := nextPacket(r)
		if err != nil {
			return
		}
		var answer []byte
		switch packet[0] >> 4 {
		case 1:
			answer = []byte{0x20, 2, 0, 0}
		case 3:
			topic, qos1 := string(packet[4:6]), packet[0]&6 != 0
			if qos1 {
				answer = append(answer, 0x40, 2, packet[6], packet[7])
			}
			switch topic {
			case "q0":
				answer = append(answer, 0x30, 5, 0, 2, 'q', '0', 'x')
			case "q1":
				answer = append(answer, 0x32, 7, 0, 2, 'q', '1', 0, 9, 'x')
			case "hu":
				answer = append(answer, 0x30, 0xff, 0xff, 0xff, 0x7f, 0, 2, 'h', 'u')
				answer = append(answer, make([]byte, 1<<20)...)
			}
		case 12:
			answer = []byte{0xd0, 0}
		case 14:
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// nextPacket reads a packet whole.
func nextPacket(r *bufio.Reader) ([]byte, error) {
	first, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	packet := binary.AppendUvarint([]byte{first}, n)
	start := len(packet)
	packet = append(packet, make([]byte, n)...)
	_, err = io.ReadFull(r, packet[start:])
	return packet, err
}
