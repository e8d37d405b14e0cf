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
		{Key: "witness disconnect", Doc: "the witness sends DISCONNECT and closes the connection"},
	}
	for i := range verbs {
		verbs[i].Peer = Broker
	}
	return verbs
}

// measureVerbs are about what the subject holds.
func measureVerbs() []Verb {
	most := func(name, doc string) Field {
		return Field{Name: name, Kind: KindInt, Max: maxRemaining, Doc: doc + "; not looked at unless given"}
	}
	return []Verb{
		{Key: "measure start", Doc: "records what the subject holds now, for measure growth"},
		{Key: "measure growth", Doc: "the subject holds at most so much more than at the start; what cannot be measured is ignored", Waits: true,
			Fields: []Field{
				most("threads", "threads of a process, or goroutines"),
				most("descriptors", "open files and sockets of a process, or connections"),
				most("memory", "bytes of memory of a process"),
			}, rules: checkGrowth},
	}
}

// waitVerbs let time pass.
func waitVerbs() []Verb {
	return []Verb{{Key: "wait", Scalar: "for", Doc: "waits for some time",
		Fields: []Field{{Name: "for", Kind: KindDuration, Min: 1, Doc: "how long", Required: true}}}}
}
