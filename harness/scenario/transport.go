package scenario

import (
	"slices"

	"go.yaml.in/yaml/v4"

	"umqtt/harness/spec"
	"umqtt/harness/transport"
)

// transportNeeds are the features that transports need.
var transportNeeds = map[transport.Kind]spec.Feature{transport.TLS: spec.TLS, transport.WebSocket: spec.WebSocket}

// checkTransport checks that needs has the feature of the transport, and that of no other.
func (p *parser) checkTransport(s *Scenario, at map[string]*yaml.Node) {
	for _, k := range transport.Kinds() {
		f, ok := transportNeeds[k]
		if !ok {
			continue
		}
		switch has := slices.Contains(s.Needs, f); {
		case has && s.Transport != k:
			p.errorf(at["needs"], "needs: %s is for transport: %s", f, k)
		case !has && s.Transport == k:
			p.errorf(at["transport"], "transport: %s uses the feature %s, which needs does not name", k, f)
		}
	}
}

// transportVerbs are what the server does below MQTT.
func transportVerbs() []Verb {
	word := func(name, doc, def string, words []string) Field {
		return Field{Name: name, Kind: KindEnum, Enum: words, Doc: doc, Default: def}
	}
	end := word("end", "how the server says that nothing more comes: by the good-bye of the transport and the end of TCP (whole), or by one of them",
		string(transport.Whole), texted(transport.Ends()))
	answer := word("answer", "how the first bytes of the client are answered: as the transport has it (proper), by a CONNACK in plain text, or not at all",
		string(transport.Proper), texted(transport.Answers()))
	return []Verb{
		{Key: "fault tls", Doc: "how the server speaks TLS from here on; what is left out is as it should be",
			Fields: []Field{word("certificate", "the certificate that it shows", string(transport.Good), texted(transport.Certificates())), answer, end},
			rules:  checkTransportFault(transport.TLS)},
		{Key: "fault websocket", Doc: "how the server speaks WebSocket from here on; what is left out is as it should be",
			Fields: []Field{
				{Name: "subprotocol", Kind: KindText, Doc: "the subprotocol that it selects, or none", Default: "mqtt"},
				{Name: "status", Kind: KindInt, Min: 101, Max: 599, Doc: "the HTTP status of its answer", Default: 101},
				word("data", "the frames that it sends", "binary", []string{"binary", "text"}),
				{Name: "fragment", Kind: KindInt, Min: 1, Max: maxCount, Doc: "the most bytes of a frame; a message that is longer goes on in the next one"},
				answer, end,
			},
			rules: checkTransportFault(transport.WebSocket)},
	}
}

// checkTransportFault returns the rules of a fault of a transport, which the scenario must have.
func checkTransportFault(k transport.Kind) func(*step) {
	return func(s *step) {
		if s.p.transport != k {
			s.errorf("", "%s is for transport: %s", s.Key, k)
		}
	}
}

// TransportFaults returns what a step "fault tls" or "fault websocket" has the server do.
func TransportFaults(s Step) transport.Faults {
	var f transport.Faults
	f.Certificate = transport.Certificate(text(s.Args, "certificate"))
	f.Answer = transport.Answer(text(s.Args, "answer"))
	f.End = transport.End(text(s.Args, "end"))
	if f.Subprotocol = text(s.Args, "subprotocol"); f.Subprotocol == "mqtt" {
		f.Subprotocol = ""
	}
	f.Status, _ = s.Args.Int("status")
	f.Text = text(s.Args, "data") == "text"
	f.Fragment, _ = s.Args.Int("fragment")
	return f
}
