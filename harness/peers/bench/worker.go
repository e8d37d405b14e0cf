package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"

	"umqtt/harness/broker"
)

// job tells a process started by start what it is to do.
const job = "UMQTT_BENCH_JOB"

// worker does the job that this process was started for, if any.
func worker() bool {
	args := strings.Fields(os.Getenv(job))
	if len(args) == 0 {
		return false
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0) // whoever started it has gone
	}()
	var err error
	switch args[0] {
	case "broker", "script", "drain":
		err = serve(args[0])
	case "memory":
		err = memoryJob(args[1:])
	case "relay":
		err = relayJob(args[1:])
	case "open":
		err = openJob(args[1:])
	case "sessions":
		err = sessionsJob(args[1:])
	default:
		err = fmt.Errorf("there is no job %q", args[0])
	}
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	return true
}

// serve is a peer. It prints its address, and ends with its stdin.
func serve(kind string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	switch kind {
	case "script":
		script(l)
		return nil
	case "drain":
		drain(l)
		return nil
	}
	if _, err := broker.Start(l); err != nil {
		return err
	}
	select {}
}

// process is a worker as its starter sees it.
type process struct {
	cmd  *exec.Cmd
	in   io.Closer
	out  *bufio.Reader
	what string
}

// start starts this program again with a job.
func start(what string) (*process, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(exe), what: what}
	p.cmd.Env = append(os.Environ(), job+"="+what)
	p.cmd.Stderr = os.Stderr
	return p, p.begin()
}

// begin starts the process.
func (p *process) begin() (err error) {
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	p.out = bufio.NewReader(out)
	return p.cmd.Start()
}

// line reads a line of the worker's output.
func (p *process) line() (string, error) {
	s, err := p.out.ReadString('\n')
	if s = strings.TrimSpace(s); err != nil || strings.HasPrefix(s, "error:") {
		return "", fmt.Errorf("%s: %s %v", p.what, s, err)
	}
	return s, nil
}

// end ends the worker and waits for it.
func (p *process) end() {
	p.in.Close()
	p.cmd.Process.Kill()
	p.cmd.Wait()
}
