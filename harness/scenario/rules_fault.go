package scenario

import (
	"slices"

	"umqtt/harness/wire"
)

// selectors are the matcher's fields that tell one packet from another: a cut or a stall that has one of
// them waits for such a packet.
var selectors = []string{"packet", "nth", "topic", "packet_id", "probability"}

// checkFault checks that a fault on packets can match, and that it is clear when it acts.
func checkFault(s *step) {
	if t, ok := s.Args.Type("packet"); ok {
		s.checkMatch(t)
	}
	switch s.Key {
	case "fault cut":
		s.checkCut()
	case "fault set":
		s.changes()
	case "fault stall":
		if s.has("name") {
			s.errorf("name", "name: fault heal ends every stall; it takes no name")
		}
		if AtOnce(*s.Step) && s.has("at") {
			s.errorf("at", "at: it counts the bytes of a packet; select it with packet or nth")
		}
		if AtOnce(*s.Step) && s.has("of") {
			s.errorf("of", "of: it is the direction of a packet; select it with packet or nth")
		}
	}
}

// checkMatch checks a matcher that names the packet type t.
func (s *step) checkMatch(t wire.Type) {
	for _, f := range []string{"topic", "packet_id"} {
		if _, ok := FieldNamed(packetFields(t, true), f); s.has(f) && !ok {
			s.errorf(f, "%s: a %v has none", f, t)
		}
	}
	if s.Key == "fault stall" { // dir is what stops, not where the packet travels
		return
	}
	for _, d := range []wire.Direction{wire.ToServer, wire.ToClient} {
		if dirs(s.Args).Has(d) && d.Carries(t) {
			return
		}
	}
	s.errorf("dir", "dir: %v is never sent %s", t, dirs(s.Args))
}

// checkClock checks that the wall clock jumps one way.
func checkClock(s *step) {
	switch back, ahead := s.has("back"), s.has("ahead"); {
	case back && ahead:
		s.errorf("ahead", "ahead: back is given, too; write one of them")
	case !back && !ahead:
		s.errorf("", "fault clock needs back, or ahead")
	}
}

// checkCut tells a cut at once from one at a packet.
func (s *step) checkCut() {
	how, _ := s.Args.String("how")
	switch once := AtOnce(*s.Step); {
	case once && s.has("at"):
		s.errorf("at", "at: it counts the bytes of a packet; select it with packet")
	case once && s.has("refuse"):
		s.errorf("refuse", "refuse: it is for a cut at a packet; select it with packet")
	case once && s.has("forget"):
		s.errorf("forget", "forget: it is for a cut at a packet; select it with packet")
	case once && how == "half" && s.Args["dir"] == "both":
		s.errorf("how", "how: half ends one direction; select it with dir")
	case once && how != "half" && s.has("dir"):
		s.errorf("dir", "dir: %s ends both directions", how)
	}
}

// changes reads the new values of fault set, whose fields are those of the packet.
func (s *step) changes() {
	t, ok := s.Args.Type("packet")
	n := s.at["set"]
	if !ok || n == nil {
		return
	}
	fields := slices.DeleteFunc(packetFields(t, true), func(f Field) bool { return f.Name == "conn" })
	for i := range fields {
		fields[i].Not = false
	}
	if len(fields) == 0 {
		s.errorf("packet", "packet: a %v has no fields to set", t)
		return
	}
	args, at := s.p.object(n, "set", "set.", fields)
	if args == nil {
		return
	}
	if len(n.Content) == 0 {
		s.errorf("set", "set: no fields; it may be %s", list(names(fields)))
	}
	s.p.fold(fields, args, at)
	s.Args["set"] = map[string]any(args)
	s.set = at
}
