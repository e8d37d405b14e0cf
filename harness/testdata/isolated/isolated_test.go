package isolated

import (
	"errors"
	"flag"
	"strings"
	"testing"
	"testing/fstest"

	"umqtt/harness"
)

const ends = "title: an end\ncovers: [MQTT-3.1.0-1]\nlevel: must\nwhy: a client begins with CONNECT (3.1)\npeer: script\nsteps:\n  - client connect: {as: up}\n  - expect close:\n  - client fails: up\n"

var dials = flag.Bool("dials", false, "without this flag no client is made")

func TestConformance(t *testing.T) {
	t.Parallel()
	harness.Run(t, harness.Params{
		Name: "own",
		New: func(env harness.Env) (harness.Subject, error) {
			if !*dials {
				return nil, errors.New("the flag is not set")
			}
			return Client{env}, nil
		},
		Scenarios: fstest.MapFS{"connect/a.yaml": {Data: []byte(ends)}, "connect/b.yaml": {Data: []byte(strings.Replace(ends, "steps:", "client: {client_id: b}\nsteps:", 1))}},
		AtLeast:   3,
	})
}
