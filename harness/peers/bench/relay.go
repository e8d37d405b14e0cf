package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"umqtt/harness/fault"
	"umqtt/harness/proxy"
	"umqtt/harness/wire"
)

// relays are what stands between a client and the sink, in the order of the table. Each runs in a process of its own.
// "direct" is nothing at all.
var relays = []string{"direct", "io.Copy", "toxiproxy", "umqtt", "rules", "capture", "watch"}

// relayJob is a relay to an upstream. It prints its address, and ends with its stdin.
func relayJob(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("relay: %q", args)
	}
	start, ok := map[string]func(upstream string) (string, error){
		"io.Copy": startCopy, "toxiproxy": startToxiproxy, "umqtt": startOurs, "rules": startRules,
	}[args[0]]
	if !ok {
		return fmt.Errorf("there is no relay %q", args[0])
	}
	addr, err := start(args[1])
	if err != nil {
		return err
	}
	fmt.Println(addr)
	select {}
}

// startOurs starts the proxy without any rule.
func startOurs(upstream string) (string, error) { return startProxy(upstream, nil) }

// startRules starts the proxy with rules that match nothing that passes.
func startRules(upstream string) (string, error) {
	var rules []fault.Rule
	for _, t := range []wire.Type{wire.UNSUBACK, wire.PUBREC, wire.PUBCOMP, wire.UNSUBSCRIBE} {
		rules = append(rules, fault.Rule{Match: fault.Match{Type: t}, Action: fault.Drop{}})
	}
	return startProxy(upstream, rules)
}

func startProxy(upstream string, rules []fault.Rule) (string, error) {
	r, err := proxy.Start(context.Background(), proxy.Options{Upstream: upstream, Rules: rules})
	if err != nil {
		return "", err
	}
	return r.Addr(), nil
}

// startToxiproxy starts toxiproxy as its server does, without a toxic, and without its log and metrics.
func startToxiproxy(upstream string) (string, error) {
	addr, err := freeAddr()
	if err != nil {
		return "", err
	}
	s := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	return addr, toxiproxy.NewProxy(s, "bench", addr, upstream).Start()
}

// freeAddr returns an address of this machine that nobody listens on.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// startCopy starts a relay of io.Copy both ways, which the kernel does on Linux.
func startCopy(upstream string) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	pass := func(to, from net.Conn) {
		io.Copy(to, from)
		to.(*net.TCPConn).CloseWrite()
	}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer near.Close()
				far, err := net.Dial("tcp", upstream)
				if err != nil {
					return
				}
				defer far.Close()
				go pass(near, far)
				pass(far, near)
			}()
		}
	}()
	return l.Addr().String(), nil
}

// startRelay starts a relay's process and returns it with its address. dir is for the program and the captures.
func startRelay(name, upstream, dir string) (*process, string, error) {
	if name != "capture" && name != "watch" {
		p, err := start("relay " + name + " " + upstream)
		if err != nil {
			return nil, "", err
		}
		addr, err := p.line()
		return p, addr, err
	}
	// The command says where it listens in a log; it is asked for a port that is free.
	addr, err := freeAddr()
	if err != nil {
		return nil, "", err
	}
	args := []string{"proxy", "--listen", addr, "--upstream", upstream}
	if name == "watch" {
		args = append(args, "--watch")
	} else {
		args = append(args, "--captures", filepath.Join(dir, "captures"), "--keep", "2")
	}
	p := &process{cmd: exec.Command(filepath.Join(dir, "mqttconform"), args...), what: name}
	return p, addr, p.begin()
}

// buildCommand builds mqttconform, which is of the main module.
func buildCommand(dir string) error {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "umqtt")
	cmd.Stderr = os.Stderr
	root, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	cmd = exec.Command("go", "build", "-o", filepath.Join(dir, "mqttconform"), "./harness/cmd/mqttconform")
	cmd.Dir = strings.TrimSpace(string(root))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %v: %s", err, out)
	}
	return nil
}
