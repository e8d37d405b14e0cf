package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"umqtt/harness/peers"
	"umqtt/harness/subject"
	"umqtt/harness/subject/process"
)

// A client is one of other people's.
type client struct {
	name string
	// find returns the version of the client on this machine, after it has built what has to be built. Its error says what is missing.
	find func() (string, error)
	// get is a command that installs it.
	get []string
	// args are those of mqttconform run that lead to it.
	args []string
	// known is what is known of a Go client, in place of a file.
	known func() expectation
	// asked tells that it is played only where it is named.
	asked bool
}

const (
	shims      = "shims"
	mqttJS     = "mqtt@5.16.0"
	debianPaho = "/usr/bin/python3" // Debian's package is for Debian's Python, whatever stands first in PATH
)

// options are the words that mosquitto_pub and mosquitto_sub share. They take no keep alive of 0, which most
// scenarios ask for, so that theirs is their own.
const options = "-V mqttv311 -h {host} -p {port} -i {client_id} [username: -u {username}] [password: -P {password}] " +
	"[will: --will-topic {will_topic} --will-payload {will_payload} --will-qos {will_qos}] [will_retain: --will-retain] [persistent: -c] -q {qos} "

func clients() []client {
	list := []client{{
		name: "python-paho",
		find: func() (string, error) {
			return says(debianPaho, "-c", "import paho.mqtt; print(paho.mqtt.__version__)")
		},
		get:  []string{"apt-get", "install", "-y", "--no-install-recommends", "python3-paho-mqtt"},
		args: []string{"--", debianPaho, filepath.Join(shims, "python_paho.py")},
	}, {
		name: "MQTT.js",
		find: func() (string, error) {
			return says("node", "-e", "console.log(require(require.resolve('mqtt/package.json', {paths: ['"+shims+"', ...module.paths]})).version)")
		},
		get:  []string{"npm", "install", "--prefix", shims, mqttJS},
		args: []string{"--", "node", filepath.Join(shims, "mqttjs.js")},
	}, {
		name: "Paho-C",
		find: func() (string, error) { return built("paho_c") },
		get:  []string{"apt-get", "install", "-y", "--no-install-recommends", "gcc", "libc6-dev", "libpaho-mqtt-dev"},
		args: []string{"--", filepath.Join(shims, "paho_c")},
	}, {
		name: "libmosquitto",
		find: func() (string, error) { return built("libmosquitto") },
		get:  []string{"apt-get", "install", "-y", "--no-install-recommends", "gcc", "libc6-dev", "libmosquitto-dev"},
		args: []string{"--", filepath.Join(shims, "libmosquitto")},
	}, {
		name: "mosquitto_pub",
		find: func() (string, error) { return mosquitto("mosquitto_pub") },
		get:  []string{"apt-get", "install", "-y", "--no-install-recommends", "mosquitto-clients"},
		args: []string{"--exec", "mosquitto_pub " + options + "[retain: -r] -t {topic} -m {payload}"},
	}, {
		name: "mosquitto_sub",
		find: func() (string, error) { return mosquitto("mosquitto_sub") },
		get:  []string{"apt-get", "install", "-y", "--no-install-recommends", "mosquitto-clients"},
		args: []string{"--features", "+auto-reconnect", "--exec", "mosquitto_sub " + options + "-t {filter} -F '%q %r %x %t'", "--exec-output", "{qos} {retain} {payload_hex} {topic}"},
	}, {
		name: "umqtt.simple",
		find: func() (string, error) {
			return says("micropython", "-c", "import sys, umqtt.simple; print('.'.join(str(n) for n in sys.implementation[1][:3]))")
		},
		get:  []string{"micropython", "-m", "mip", "install", "umqtt.simple"},
		args: []string{"--", "micropython", filepath.Join(shims, "umqtt_simple.py")},
	}}
	self, err := os.Executable()
	if err != nil {
		return list
	}
	for _, g := range goClients() {
		list = append(list, client{
			name:  g.factory().Name,
			find:  func() (string, error) { return g.version, nil },
			args:  []string{"--", self, "-serve", g.factory().Name},
			known: func() expectation { return known(g) },
			asked: g.asked,
		})
	}
	return list
}

// built builds a shim, and returns the version that its hello tells.
func built(name string) (string, error) {
	if out, err := exec.Command("make", "-C", shims, name).CombinedOutput(); err != nil {
		return "", fmt.Errorf("it cannot be built: %s", last(string(out)))
	}
	hello, err := says(filepath.Join(shims, name))
	_, rest, _ := strings.Cut(hello, `"version":"`)
	version, _, ok := strings.Cut(rest, `"`)
	if err == nil && !ok {
		err = errors.New("it says no version")
	}
	return version, err
}

// says returns the first line that a program prints.
func says(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if err != nil && stderr.Len() > 0 {
		err = errors.New(last(stderr.String()))
	}
	return line, err
}

// last is the last line of a text that says what is wrong.
func last(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.Contains(lines[i], "rror") {
			return strings.TrimSpace(lines[i])
		}
	}
	return lines[len(lines)-1]
}

// mosquitto returns the version that a program of mosquitto's tells in its help, whose exit status is not 0.
func mosquitto(name string) (string, error) {
	if _, err := exec.LookPath(name); err != nil {
		return "", err
	}
	out, _ := exec.Command(name, "--help").Output()
	_, rest, _ := strings.Cut(string(out), name+" version ")
	version, _, _ := strings.Cut(rest, " ")
	if version == "" {
		return "", errors.New("its help tells no version")
	}
	return version, nil
}

// A goClient is a subject of package peers.
type goClient struct {
	factory                   func() subject.Factory
	version                   string
	known, sometimes, crashes func() []peers.Known
	hungry                    func() []peers.Known
	full                      string // the rule that hungry breaks over TCP: crash where the memory does not suffice
	asked                     bool   // the second setup of a client
}

func goClients() []goClient {
	none := func() []peers.Known { return nil }
	return []goClient{
		{peers.Paho, "1.5.1", peers.PahoKnown, peers.PahoOverTCP, peers.PahoCrashes, peers.PahoHungry, "MQTT-4.8.0-1", false},
		{peers.PahoManual, "1.5.1", peers.PahoManualKnown, none, peers.PahoCrashes, peers.PahoHungry, "MQTT-4.8.0-1", true},
		{peers.AtWat, "0.19.4", peers.AtWatKnown, peers.AtWatSometimes, peers.AtWatCrashes, peers.AtWatHungry, crash, false},
		{peers.AtWatReconnect, "0.19.4", peers.AtWatReconnectKnown, none, peers.AtWatReconnectCrashes, peers.AtWatReconnectHungry, crash, true},
	}
}

// serve is the shim of a Go client.
func serve(name string) error {
	for _, g := range goClients() {
		if f := g.factory(); f.Name == name {
			return process.Serve(f, os.Stdin, os.Stdout)
		}
	}
	return fmt.Errorf("there is no Go client called %q", name)
}
