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
For a client that the harness cannot start or call, such as a board or a program in a container. It must be configured
to connect to ADDR, again after each disconnect. Scenarios are played one after the other, each as soon as the device
connects. --features declares the features of the device.

A scenario in which the client publishes, subscribes or disconnects needs a --trigger. The shell runs CMD for each
such call, with a request of harness/subject/PROTOCOL.md, one line of JSON, on its standard input. CMD makes the
device do it: it presses a button, writes to a serial line, or publishes to another topic. It also runs for the
connect, with the options of the scenario. An exit status other than 0 is a set-up error. Without a trigger only
scenarios without calls are played. The device's API is not judged.

  mqttconform serve --listen 192.0.2.7:1883 --features qos1,keep-alive,persistent-session
  mqttconform serve --trigger ./press.sh --features qos1 --filter 'qos1/*'

A loop around mosquitto_pub is a device, too:

  mqttconform serve --listen 127.0.0.1:1883 --features qos1 --filter connect/plain --filter 'malformed/connack-*' &
  while sleep 1; do mosquitto_pub -p 1883 -q 1 -t t -m hi; done

If the device does not connect within --wait, the exit code is 3. A message that the device publishes by itself, and
that no step expects, is a warning.

An address that is not a loopback address lets other machines connect; serve then prints a warning at the start. Port 0
is a free port, which serve prints, too.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("serve")
		d := &serveFlags{}
		flags.StringVar(&d.listen, "listen", "127.0.0.1:1883", "listen for the device at `HOST:PORT`")
		flags.StringVar(&d.trigger, "trigger", "", "run `CMD` by the shell for each call, with the call as JSON on its standard input")
		flags.DurationVar(&d.wait, "wait", 2*time.Minute, "wait up to `D` for the device to connect, in each scenario")
		flags.StringVar(&d.name, "name", "device", "`NAME` of the device in reports")
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
				fmt.Fprintf(a.stderr, "mqttconform: warning: other machines can connect to %s; connections are neither encrypted nor authenticated\n", d.listen)
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
