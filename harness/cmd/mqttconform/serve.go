package main

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"umqtt/harness/proxy"
	"umqtt/harness/scenario"
	"umqtt/harness/subject/device"
)

var serveCommand = command{
	name:  "serve",
	args:  "[--listen ADDR] [--trigger CMD] [flags] [FILE|DIR…]",
	short: "play scenarios with a device that connects by itself",
	long: `
For a client that cannot be started or driven from here: a board on the desk, a program in a container. It is told
once to connect to ADDR, and does so again and again. Scenarios are played one after another, each as soon as the
device connects; what a device can do is said by --features.

A scenario in which the client publishes, subscribes or disconnects needs a --trigger: CMD is run by the shell for
each such call, with one line of JSON on its standard input, a request as harness/subject/PROTOCOL.md has it: press
a button, write to a serial line, publish to another topic. It also runs for the connect, with the options that the
scenario asks for. When it exits with 0 the device has been told; any other status is set-up that failed.
Without a trigger only what needs no call is played. What the device's API reports is never judged.

  mqttconform serve --listen 192.0.2.7:1883 --features qos1,keep-alive,persistent-session
  mqttconform serve --trigger ./press.sh --features qos1 --filter 'qos1/*'

A loop around mosquitto_pub is a device, too:

  mqttconform serve --listen 127.0.0.1:1883 --features qos1 --filter connect/plain --filter 'malformed/connack-*' &
  while sleep 1; do mosquitto_pub -p 1883 -q 1 -t t -m hi; done

A device that does not connect for --wait is set-up that failed: exit code 3. What it publishes by itself is
a warning where no step expects it.

An address that is no loopback address lets other machines connect, which is said at the start. Port 0 is a free port,
which is said there as well.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("serve")
		d := &serveFlags{}
		flags.StringVar(&d.listen, "listen", "127.0.0.1:1883", "where the device connects to, as `HOST:PORT`")
		flags.StringVar(&d.trigger, "trigger", "", "have the shell run `CMD` for each call, with the call as JSON on its standard input")
		flags.DurationVar(&d.wait, "wait", 2*time.Minute, "wait for `D` for the device to connect, in each scenario")
		flags.StringVar(&d.name, "name", "device", "call the device `NAME` in reports")
		o := &runFlags{world: string(scenario.Real), parallel: 1}
		o.client.device = d
		o.add(flags)
		return flags, func(args []string) (int, error) {
			release, err := d.open()
			if err != nil {
				return 0, err
			}
			defer release()
			r, err := o.runner(a, args)
			if err != nil {
				return 0, err
			}
			if !d.loopback() {
				fmt.Fprintf(a.stderr, "mqttconform: warning: other machines can connect to %s; nothing there is encrypted, and no one is asked who they are\n", d.listen)
			}
			fmt.Fprintf(a.stderr, "mqttconform: the device connects to %s\n", d.listen)
			return r.run(), nil
		}
	},
}

// serveFlags are the flags that only serve has.
type serveFlags struct {
	listen, trigger, name string
	wait                  time.Duration
}

// open returns what is wrong with the flags. Otherwise nobody else is given the address until release is called, also
// while no scenario listens there, where the system can do that.
func (d *serveFlags) open() (release func(), err error) {
	if d.wait <= 0 {
		return nil, usagef("--wait %v: it must be positive", d.wait)
	}
	if d.name == "" {
		return nil, usagef("--name is empty")
	}
	host, port, err := net.SplitHostPort(d.listen)
	if err != nil || port == "" {
		return nil, usagef("--listen %q: it is HOST:PORT, such as 192.0.2.7:1883 or :1883", d.listen)
	}
	addr, release := d.listen, func() {}
	if held, at, err := proxy.Hold(addr); err == nil {
		addr, release = at, func() { held.Close() }
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		release()
		return nil, &setupError{fmt.Errorf("--listen: %w", err)}
	}
	d.listen = net.JoinHostPort(host, strconv.Itoa(ln.Addr().(*net.TCPAddr).Port))
	return release, ln.Close()
}

// loopback reports whether only this machine can connect.
func (d *serveFlags) loopback() bool {
	host, _, _ := net.SplitHostPort(d.listen)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// words are the flags as they were given.
func (d *serveFlags) words() []string {
	words := []string{"--listen", d.listen, "--wait", d.wait.String(), "--name", d.name}
	if d.trigger != "" {
		words = append(words, "--trigger", d.trigger)
	}
	return words
}

// jobs returns what is played with the device.
func (d *serveFlags) jobs(all []*scenario.Scenario) []job {
	dev := device.Device{Name: d.name, Trigger: d.trigger, Wait: d.wait}
	var jobs []job
	for _, sc := range all {
		f, played, err := dev.For(sc)
		j := job{scenario: played, factory: f}
		if err != nil {
			j.unfit = err.Error()
		}
		jobs = append(jobs, j)
	}
	return jobs
}
