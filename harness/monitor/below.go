package monitor

import (
	"slices"
	"strings"

	"umqtt/harness/capture"
	"umqtt/harness/transport"
)

// below are the monitors of what lies below MQTT. A capture shows it as events.
var below = []Monitor{websocketBinary, websocketOffer}

var websocketBinary = Monitor{
	Name: "websocket-binary", ID: "MQTT-6.0.0-1", Level: Must,
	Rests: "6: packets are sent in binary data frames over WebSocket.",
	Doc: "Over WebSocket no data frame of another type is sent. What the client sends in place of a handshake, or of a frame, is left alone: " +
		"it is no WebSocket, and the connection comes to nothing.",
}

var websocketOffer = Monitor{
	Name: "websocket-offer", ID: "MQTT-6.0.0-3", Level: Must,
	Rests: "6: the client includes mqtt in the list of subprotocols that it offers.",
	Doc:   "The handshake of WebSocket offers mqtt, in this spelling, among whatever else.",
}

// noted looks at an event.
func (k *checker) noted(at int, r capture.Record) {
	if offers, ok := strings.CutPrefix(r.Text, transport.NoteOffers); ok && !slices.Contains(strings.Split(offers, ", "), "mqtt") {
		k.report(websocketOffer, r.Conn, at, "the client offers %s, not mqtt", offers)
	}
	if r.Text == transport.NoteData+transport.TextFrame {
		k.report(websocketBinary, r.Conn, at, "the client sends a text frame")
	}
	if r.LeftOut() { // what follows may answer packets that are not shown
		k.middle, k.hidden = true, true
	}
}
