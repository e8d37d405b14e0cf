package scenario

// witnessVerbs drive the harness's own client at the broker, beside the subject.
func witnessVerbs() []Verb {
	verbs := []Verb{
		{Key: "witness connect", Doc: "the witness connects", Fields: []Field{
			{Name: "client_id", Kind: KindText, Doc: "client identifier of the witness", Default: "witness"},
			{Name: "clean_session", Kind: KindBool, Doc: "start without the state of earlier connections", Default: true},
		}},
		{Key: "witness subscribe", Doc: "the witness subscribes", Fields: []Field{
			{Name: "filter", Kind: KindText, Doc: "topic filter", Required: true},
			{Name: "qos", Kind: KindInt, Max: 1, Doc: "maximum quality of service", Default: 0},
		}},
		{Key: "witness publish", Doc: "the witness publishes a message, and the broker passes it on", Fields: publishFields(1), rules: foldPayload},
		{Key: "witness expect", Doc: "the witness gets this message next; fields that are left out are not checked",
			Fields: messageFields(), Waits: true, rules: foldPayload},
		{Key: "witness disconnect", Doc: "the witness disconnects in good order"},
	}
	for i := range verbs {
		verbs[i].Peer = Broker
	}
	return verbs
}

// waitVerbs let time pass.
func waitVerbs() []Verb {
	return []Verb{{Key: "wait", Scalar: "for", Doc: "time passes",
		Fields: []Field{{Name: "for", Kind: KindDuration, Min: 1, Doc: "how long", Required: true}}}}
}
