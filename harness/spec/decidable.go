package spec

// Decidable reports whether the bytes that a client sends can show that it breaks the rule.
func (r Rule) Decidable() bool { return r.Testable == "yes" && r.Applies != "server" }

// Undecided returns why the bytes of a client cannot show that it breaks the rule, or "" if they can.
func (r Rule) Undecided() string {
	switch {
	case r.Decidable():
		return ""
	case r.Applies == "server" && r.Testable == "no":
		return "it binds the server, and is nothing to a client"
	case r.Applies == "server":
		return "it binds the server; a client shows what it does when the server keeps it, or breaks it"
	}
	return "only what the peer does, or the client's API, can show it"
}

// uncovered says why no scenario can show that a rule is broken.
var uncovered = map[string]string{
	"MQTT-7.0.0-2":  "it asks for nothing that is seen: each scenario is played without an extension, and one that passes shows that none is needed",
	"MQTT-3.12.4-1": "what a client does that has no answer to its PINGREQ is a clause, 3.1.2.10-should-1, which scenarios cover",
	"MQTT-3.2.2-1":  "nothing says what a client does whose clean session is said to be present: no scenario can demand anything",
}

// Uncovered returns why the suite has no scenario for the rule, or "" if it has one.
func (r Rule) Uncovered() string { return uncovered[r.ID] }
