package scenario

import (
	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// Words for directions and endings, as package fault has them.
var (
	dirWords    = []string{"both", "to_server", "to_client"}
	endingWords = []string{"fin", "rst", "half"}
)

// faultVerbs are what the proxy does to the subject's connections, and how it is undone.
func faultVerbs() []Verb {
	num := func(name string, min int, def any, doc string) Field {
		return Field{Name: name, Kind: KindInt, Min: min, Max: maxCount, Default: def, Doc: doc}
	}
	must := func(f Field) Field { f.Required = true; return f }
	span := func(name, doc string) Field {
		return Field{Name: name, Kind: KindDuration, Min: 1, Doc: doc, Required: true}
	}
	hex := func(name, doc string) Field { return Field{Name: name, Kind: KindHex, Doc: doc, Required: true} }
	how := func(doc string, words []string) Field {
		return Field{Name: "how", Kind: KindEnum, Enum: words, Doc: doc}
	}
	word := func(name, doc string) Field { return must(Field{Name: name, Kind: KindText, Doc: doc}) }
	closes := how("how it is closed", endingWords[:2])
	closes.Default = "fin"

	packet := func(action, doc string, own ...Field) Verb {
		return Verb{Key: "fault " + action, Doc: doc, Fields: append(own, Matcher()...), rules: checkFault}
	}
	stream := func(action, doc string, own ...Field) Verb {
		return Verb{Key: "fault " + action, Doc: doc, Fields: append(own, faultConn(), dirField())}
	}
	other := func(action, scalar, doc string, own ...Field) Verb {
		return Verb{Key: "fault " + action, Doc: doc, Scalar: scalar, Fields: own}
	}

	set := packet("set", "the packet is handed over with these fields changed",
		must(Field{Name: "set", Kind: KindChanges, Doc: "new values, by field of the packet"}))
	hold := packet("hold", "the packet is kept until fault release names it; what follows passes it")
	require(set.Fields, "packet")
	require(hold.Fields, "name")
	cut := packet("cut", "the connection ends: at once, or at the packet that matches",
		must(how("by FIN, by RST, or by FIN in the direction dir only", endingWords)),
		Field{Name: "at", Kind: KindInt, Max: maxRemaining, Doc: "bytes of the packet that pass before the end; all unless given"},
		Field{Name: "refuse", Kind: KindInt, Max: maxCount, Doc: "how many of the next connections are refused, at a packet that matches; none unless given"},
		Field{Name: "forget", Kind: KindBool, Doc: "the broker loses the subject's session before its next connection, at a packet that matches"})
	cut.Scalar = "how"
	stall := Verb{Key: "fault stall", Scalar: "dir", Doc: "these directions of the connection stop: at once, or from the packet that matches on; fault heal undoes it",
		Fields: append([]Field{{Name: "at", Kind: KindInt, Max: maxRemaining, Doc: "bytes of the packet that pass before; none unless given"},
			{Name: "of", Kind: KindEnum, Enum: dirWords[1:], Doc: "direction in which the packet travels; any unless given"}}, Matcher()...), rules: checkFault}

	clock := other("clock", "", "the subject's wall clock jumps; the time that passes does not",
		Field{Name: "back", Kind: KindDuration, Min: 1, Doc: "how far back"},
		Field{Name: "ahead", Kind: KindDuration, Min: 1, Doc: "how far ahead"})
	clock.Needs, clock.rules = []Feature{spec.WallClock}, checkClock

	flap := other("flap", "count", "the connection is cut, and the subject connects again, so often; a script accepts each connection",
		num("count", 1, 1, "how often"), closes,
		Field{Name: "lasts", Kind: KindDuration, Min: 1, Doc: "how long each new connection lasts at least"})
	flap.Waits = true

	return []Verb{
		packet("drop", "the packet is taken out of the stream"),
		packet("delay", "the packet, and what follows it, is handed over later", span("by", "how much later")),
		hold,
		packet("duplicate", "the packet is handed over again", num("times", 1, 1, "how many more times")),
		packet("swap", "the packet is handed over after the next one of its direction"),
		packet("corrupt", "a byte of the packet is changed",
			Field{Name: "byte", Kind: KindInt, Min: -maxCount, Max: maxCount, Default: 0, Doc: "offset of the byte, from 0; below 0 from the end"},
			must(Field{Name: "xor", Kind: KindInt, Min: 1, Max: 255, Doc: "value of the exclusive or with the byte"})),
		packet("truncate", "only the first bytes of the packet are handed over", must(num("to", 0, nil, "how many bytes"))),
		packet("replace", "other bytes are handed over in place of the packet", hex("with", "the bytes, as spaced hex")),
		set,
		packet("inject", "bytes are handed over beside the packet", hex("data", "the bytes, as spaced hex"),
			Field{Name: "before", Kind: KindBool, Doc: "before the packet, not after it", Default: false}),
		packet("split", "the packet is handed over in pieces", must(Field{Name: "sizes", Kind: KindInts, Min: 1, Max: maxCount,
			Doc: "sizes of the pieces in bytes; the last one repeats"})),
		packet("merge", "packets of the direction are handed over in one piece", num("count", 2, 2, "how many")),
		cut,
		stall,
		other("refuse", "count", "the next connections are refused", num("count", 1, 1, "how many")),
		other("accept_close", "count", "the next connections are accepted, and closed at once", num("count", 1, 1, "how many"), closes),
		stream("latency", "every packet is handed over later, in order", span("by", "how much later")),
		stream("jitter", "every packet is handed over up to that much later, in order",
			Field{Name: "max", Kind: KindDuration, Min: int(1e6), Doc: "the most, in whole milliseconds", Required: true}),
		stream("bandwidth", "the direction is limited to this rate", must(Field{Name: "rate", Kind: KindInt, Min: 1, Max: maxRemaining, Doc: "bytes a second"})),
		other("release", "name", "what fault hold keeps under this name is handed over", word("name", "name of the hold")),
		other("heal", "", "what fault stall stopped goes on"),
		clock, flap,
		other("down", "", "the peer is gone: connections are reset, new ones refused, until fault up"),
		other("up", "", "the peer is back"),
	}
}

// require marks the field called name.
func require(fields []Field, name string) {
	for i := range fields {
		if fields[i].Name == name {
			fields[i].Required = true
		}
	}
}

func dirField() Field {
	return Field{Name: "dir", Kind: KindEnum, Enum: dirWords, Doc: "direction", Default: "both"}
}

func faultConn() Field {
	f := connField()
	f.Doc = "number of the connection, from 1 in the order of dialing; any unless given"
	return f
}

// Matcher returns the fields with which a fault selects packets.
func Matcher() []Field {
	return []Field{
		{Name: "packet", Kind: KindType, Enum: typeNames(wire.ToServer, wire.ToClient), Doc: "packet type"},
		dirField(),
		faultConn(),
		{Name: "nth", Kind: KindInt, Min: 1, Max: maxCount, Doc: "only the n-th packet that matches, from 1; every one unless given"},
		{Name: "topic", Kind: KindText, Var: true, Doc: "only packets with this topic name"},
		{Name: "packet_id", Kind: KindInt, Max: 65535, Var: true, Doc: "only packets with this packet identifier"},
		{Name: "probability", Kind: KindShare, Doc: "probability that a packet matches, by the seed of the run"},
		{Name: "name", Kind: KindText, Doc: "name of the rule"},
	}
}
