package peers

// Known is a fault of a client: scenarios of the suite that it fails.
type Known struct {
	// Pattern selects the scenarios, as harness.Params.KnownFailing takes it: the name of a table is all its cases.
	Pattern string
	// Rule is the statement or clause that the client breaks. Each of the scenarios names it.
	Rule string
	// Saw says in one line what was seen, and why, as far as the client's source tells.
	Saw string
}

// Patterns returns the patterns of a list, as the field KnownFailing of harness.Params takes them.
func Patterns(list []Known) []string {
	patterns := make([]string, len(list))
	for i, k := range list {
		patterns[i] = k.Pattern
	}
	return patterns
}

// What several entries have in common. A client that breaks MQTT-4.8.0-1 goes on after a violation that the server
// has committed: it harms nobody whose server keeps the standard.
const (
	emptyID       = "sends the CONNECT that it is asked for: an empty client identifier with clean session 0"
	anyTopic      = "Publish checks no topic name: a PUBLISH to \"a/+/b\" goes out"
	laterFlags    = "takes the packet: only the flags of PUBLISH are looked at"
	tooLong       = "takes the packet, and ignores the bytes behind its last field"
	tooShort      = "takes the packet, which ends within a field: the error of the read is dropped"
	reserved      = "takes the connection as accepted: the reserved bits are not looked at"
	delivered     = "delivers the message to the callback"
	fiveBytes     = "reads on: the length is not limited to four bytes"
	unknownCode   = "reports return code 3 as granted"
	zeroID        = "delivers the message, and answers with a PUBACK of packet identifier 0"
	fewerCodes    = "reports the filters without a return code as granted at QoS 0"
	oldSession    = "after a reconnect with clean session 1 sends the PUBLISH of the earlier session again, with DUP 1 and its identifier"
	uncheckedText = "delivers the message to the callback: no topic name is checked"
	wrongClientID = "sends the CONNECT that it is asked for, with a client identifier that is no UTF-8"
	wrongText     = "sends the CONNECT that it is asked for: no text is checked"
	nulClientID   = "sends the CONNECT that it is asked for, with U+0000 in its client identifier"
	wrongLength   = "takes the packet, whose length is not looked at"
	publishAgain  = "after a reconnect sends the PUBLISH again, behind its PUBREL"
	twice         = "delivers a QoS 2 message twice: it keeps no identifiers, and calls the callback at each PUBLISH"
	manyCodes     = "panics in a goroutine of its own, which ends the process: each return code indexes the list of filters, whose length is not looked at"
	shortSuback   = "panics in a goroutine of its own, which ends the process: the packet identifier is read without a look at the length"
	noPubcomp     = "ignores a PUBREL whose message it does not know, so that the sender never gets its PUBCOMP"
	replacedText  = "delivers the message to the callback: bytes that are not UTF-8 become U+FFFD before the check"
)

// hungry lists scenarios at which both clients reserve as many bytes as a length of five bytes says.
func hungry() []Known {
	const saw = "reserves gigabytes: the length is not limited to four bytes"
	return []Known{
		{"malformed/connack-length-in-five-bytes/largest", "MQTT-4.8.0-1", saw},
		{"malformed/length-in-five-bytes/*-largest", "MQTT-4.8.0-1", saw},
	}
}
