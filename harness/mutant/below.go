package mutant

import "umqtt/harness/transport"

// below lists mutants that get wrong what lies between MQTT and TCP.
func below() []Mutant {
	return []Mutant{
		{
			Name: "tls-unverified", Doc: "takes any certificate over TLS",
			Violates: []string{"tls-verify-1"}, Subjects: connected,
			Below: transport.Habits{Unverified: true},
		},
		{
			Name: "tls-any-name", Doc: "takes a certificate over TLS that is for another server",
			Violates: []string{"tls-verify-1"}, Subjects: connected,
			Below: transport.Habits{AnyName: true},
		},
		{
			Name: "tls-downgrade", Doc: "connects in plain text where the handshake of TLS fails",
			Violates: []string{"tls-plain-1"}, Subjects: connected,
			Below: transport.Habits{Downgrades: true},
		},
		{
			Name: "tls-truncation-missed", Doc: "takes the end of TCP without close_notify for a pause, and waits for more",
			Violates: []string{"tls-end-1"}, Subjects: connected,
			Below: transport.Habits{HearsNoEnd: true},
		},
		{
			Name: "tls-close-notify-missed", Doc: "takes close_notify for a pause, and waits for more",
			Violates: []string{"tls-end-1"}, Subjects: connected,
			Below: transport.Habits{HearsGoodbye: true},
		},
		{
			Name: "tls-handshake-awaited-for-ever", Doc: "waits for ever for a handshake of TLS that does not come to an end",
			Violates: []string{"tls-handshake-1"}, Subjects: connected,
			Below: transport.Habits{Waits: true},
		},
		{
			Name: "websocket-text", Doc: "sends its packets in text frames over WebSocket",
			Violates: []string{"MQTT-6.0.0-1"}, Subjects: connected,
			Below: transport.Habits{Text: true},
		},
		{
			Name: "websocket-text-taken", Doc: "takes text frames for binary ones over WebSocket",
			Violates: []string{"MQTT-6.0.0-1"}, Subjects: connected,
			Below: transport.Habits{AnyData: true},
		},
		{
			Name: "websocket-frame-is-packet", Doc: "takes each frame of WebSocket for one whole packet",
			Violates: []string{"MQTT-6.0.0-2"}, Subjects: connected,
			Below: transport.Habits{WholeFrames: true},
		},
		{
			Name: "websocket-no-subprotocol", Doc: "offers no subprotocol over WebSocket",
			Violates: []string{"MQTT-6.0.0-3"}, Subjects: connected,
			Below: transport.Habits{OffersNothing: true},
		},
		{
			Name: "websocket-old-subprotocol", Doc: "offers only the subprotocol of MQTT 3.1 over WebSocket",
			Violates: []string{"MQTT-6.0.0-3"}, Subjects: connected,
			Below: transport.Habits{OffersAnother: true},
		},
		{
			Name: "websocket-any-subprotocol", Doc: "goes on over WebSocket whatever subprotocol the server selects",
			Violates: []string{"MQTT-6.0.0-4"}, Subjects: connected,
			Below: transport.Habits{AnySubprotocol: true},
		},
	}
}
