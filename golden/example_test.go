package golden_test

import (
	"errors"
	"fmt"

	"umqtt/golden"
	"umqtt/harness/capture"
)

func ExampleCompare() {
	c := &capture.Capture{Name: "connect/of-tomorrow"}
	err := golden.Compare("simple", "connect/of-tomorrow", c)
	fmt.Println(err)

	var missing *golden.MissingError
	fmt.Println(errors.As(err, &missing))
	// Output:
	// golden/simple/connect/of-tomorrow.wire: no golden for this capture; if the capture is right, create it: go test ./golden -update
	// true
}
