package judge

import (
	"errors"
	"slices"

	"umqtt/harness/wire"
)

// What is judged, in every scenario, breaks what the users of any API count on, unless
// a statement of the standard rules it.
const (
	DeliveredOnce = "api-delivery-1" // the callback gets what arrived, as often as it arrived
	ReportedRight = "api-outcome-1"  // what a call reports is so
	EveryCallEnds = "api-outcome-2"

	closeAtViolation = "MQTT-4.8.0-1"
	markKept         = "MQTT-1.5.3-3"
	wholePackets     = "2.2.3-must-2"
	refusalEnds      = "MQTT-3.2.2-5"
	endRefuses       = "MQTT-3.2.2-6"
	heldUntilPuback  = "MQTT-4.3.2-1"
	heldUntilPubcomp = "MQTT-4.3.3-1"
	newAfterPuback   = "MQTT-4.3.2-2"
	newAfterPubcomp  = "MQTT-4.3.3-2"
)

// Breaks returns the rules that a malformed packet breaks.
func Breaks(bad error) []string {
	var v *wire.Violation
	if !errors.As(bad, &v) {
		return nil
	}
	return append([]string{v.ID}, v.Also...)
}

// tolerates returns the rules that are broken by taking a malformed packet for a good one.
func tolerates(bad error) []string {
	if ids := Breaks(bad); !slices.Contains(ids, closeAtViolation) {
		return append(ids, closeAtViolation)
	}
	return Breaks(bad)
}
