package judge

import (
	"errors"

	"umqtt/harness/wire"
)

// What is judged, in every scenario, breaks what the users of any API count on, unless
// a statement of the standard rules it.
const (
	MessageKept   = "api-message-1"  // the callback's message stays what it is while the callback runs
	DeliveredOnce = "api-delivery-1" // the callback gets what arrived, as often as it arrived
	ReportedRight = "api-outcome-1"  // what a call reports is so
	EveryCallEnds = "api-outcome-2"

	markKept        = "MQTT-1.5.3-3"
	newAfterPuback  = "MQTT-4.3.2-2"
	newAfterPubcomp = "MQTT-4.3.3-2"
)

// Breaks returns the ids of the rules that a malformed packet breaks.
func Breaks(bad error) []string {
	var v *wire.Violation
	if !errors.As(bad, &v) {
		return nil
	}
	return append([]string{v.ID}, v.Also...)
}
