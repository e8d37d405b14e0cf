package monitor

import "umqtt/harness/spec"

// sends are the monitors of single packets: the codec decides them. Each finds the packets of the client
// that the codec refuses under its id, be it the first rule that the bytes break or another one that
// forbids the same bytes. That a PUBLISH with QoS 0 has no packet id (MQTT-2.3.1-5) is not among them:
// it would be the beginning of the payload.
var sends = derived("sends", "Every packet that the client sends keeps this, as the strict codec sees it. "+
	"Part of a packet at the end of a stream is left alone.",
	"2.2.1-must-1", "2.2.1-must-2", "2.2.3-must-1", "2.2.3-must-2",
	"MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT-2.2.2-1", "MQTT-2.3.1-1",
	"MQTT-3.1.2-1", "MQTT-3.1.2-2", "MQTT-3.1.2-3", "MQTT-3.1.2-9", "MQTT-3.1.2-11", "MQTT-3.1.2-13", "MQTT-3.1.2-14", "MQTT-3.1.2-15",
	"MQTT-3.1.2-18", "MQTT-3.1.2-19", "MQTT-3.1.2-20", "MQTT-3.1.2-21", "MQTT-3.1.2-22",
	"MQTT-3.1.3-3", "MQTT-3.1.3-4", "MQTT-3.1.3-7", "MQTT-3.1.3-10", "MQTT-3.1.3-11",
	"MQTT-3.3.1-2", "MQTT-3.3.1-4", "MQTT-3.3.2-1", "MQTT-3.3.2-2", "MQTT-3.6.1-1",
	"MQTT-3.8.1-1", "MQTT-3.8.3-1", "MQTT-3.8.3-3", "MQTT-3.8.3-4", "MQTT-3.10.1-1", "MQTT-3.10.3-1", "MQTT-3.10.3-2", "MQTT-3.14.1-1",
	"MQTT-4.3.1-1", "MQTT-4.7.1-1", "MQTT-4.7.1-2", "MQTT-4.7.1-3", "MQTT-4.7.3-1", "MQTT-4.7.3-2",
)

// bindsServer says, of each rule among them that tells the server what to do about a packet, how it binds the
// client.
var bindsServer = map[string]string{
	"MQTT-3.1.2-1":  "the field holds the name MQTT, which the client fills in. Only the first CONNECT is held to it where the client speaks another protocol later.",
	"MQTT-3.1.2-2":  "the value of the field is 4 for this version, and the client fills it in. Only the first CONNECT is held to it where the client speaks another protocol later.",
	"MQTT-3.1.2-3":  "the bit is reserved and 0, and the server disconnects a client that sets it.",
	"MQTT-3.8.3-4":  "the bits are reserved and 0, the QoS is at most 2, and the server closes the connection of a client that sends anything else.",
	"MQTT-3.14.1-1": "the bits are reserved and 0, and the server disconnects a client that sets them.",
}

// derived makes one monitor of each id: its name is what and the id, its documentation the rule's text
// and what is said about all of them.
func derived(what, doc string, ids ...string) []Monitor {
	ms := make([]Monitor, len(ids))
	for i, id := range ids {
		rule, ok := spec.Lookup(id)
		if !ok {
			panic("monitor: unknown rule " + id)
		}
		rests := rule.Section() + ": it binds the client as it binds whoever sends or receives the packet."
		if why, ok := bindsServer[id]; ok {
			rests = rule.Section() + ": " + why
		} else if rule.Applies == "client" {
			rests = rule.Section() + ": it binds the client by name."
		}
		ms[i] = Monitor{Name: what + "/" + id, ID: id, Level: Must, Rests: rests, Doc: rule.Text + " " + doc}
	}
	return ms
}

// refused reports what the codec has against a packet of the client.
func (k *checker) refused(s *step) {
	if s.bad == nil {
		return
	}
	for _, m := range sends {
		if s.bad.Names(m.ID) {
			k.reportStep(m, s, "%v", s.bad)
		}
	}
}
