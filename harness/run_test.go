package harness_test

import (
	"testing"

	"umqtt/harness"
	"umqtt/scenarios"
)

// The built-in subjects behave over real sockets as the scenarios say, and put the same bytes on the
// wire as in the simulated world, which the tests of package golden play.
func TestBuiltinSubjectsOverTCP(t *testing.T) {
	harness.Run(t, harness.Params{World: scenarios.Real, Golden: true})
}
