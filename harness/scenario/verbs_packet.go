package scenario

import (
	"slices"
	"strings"

	"umqtt/harness/wire"
)

// packetVerbs are what the subject sends, what is handed to it, and what its callback gets.
func packetVerbs() []Verb {
	how := func(doc string, words ...string) Field {
		return Field{Name: "how", Kind: KindEnum, Enum: words, Doc: doc}
	}
	closed := how("how the subject ends it", "any", "fin", "rst")
	closed.Default = "any"
	end := how("how the connection ends: by FIN, by RST, or by FIN in one direction only", "fin", "rst", "half")
	end.Required = true

	silent := connField()
	silent.Doc = "number of the connection that is silent, from 1 in the order of dialing; all of them unless given"

	var verbs []Verb
	for _, t := range packetTypes(wire.ToServer) {
		verbs = append(verbs, Verb{Key: "expect " + t.String(), Packet: t, Waits: true, Fields: append(packetFields(t, true), orderField(t)...),
			Doc: "the subject sends this packet next; fields that are left out are not checked", rules: checkExpect})
	}
	verbs = append(verbs,
		Verb{Key: "expect close", Waits: true, Fields: []Field{closed, connField()},
			Doc: "the subject ends the connection"},
		Verb{Key: "expect silence", Scalar: "for", Doc: "the subject sends nothing for that long",
			Fields: []Field{{Name: "for", Kind: KindDuration, Min: 1, Doc: "how long", Required: true}, silent}})
	for _, t := range packetTypes(wire.ToClient) {
		verbs = append(verbs, Verb{Key: "deliver " + t.String(), Packet: t, Waits: true, Fields: packetFields(t, true),
			Doc: "the subject receives this packet; fields that are left out are not checked", rules: foldPayload})
	}
	verbs = append(verbs, Verb{Key: "receive", Waits: true, Doc: "the subject's callback gets this message next; fields that are left out are not checked",
		Fields: append(messageFields(), Field{Name: "dup", Kind: KindBool, Doc: "DUP flag"}), rules: foldPayload})
	for _, t := range packetTypes(wire.ToClient) {
		verbs = append(verbs, Verb{Key: "send " + t.String(), Packet: t, Peer: Script, Fields: packetFields(t, false),
			Doc: "the script sends this packet; fields that are left out are zero", rules: checkSend})
	}
	return append(verbs,
		Verb{Key: "send raw", Peer: Script, Scalar: "hex", Doc: "the script sends these bytes, whatever they are", rules: countFill,
			Fields: []Field{
				{Name: "hex", Kind: KindHex, Doc: "the bytes, as spaced hex", Required: true},
				{Name: "packet_id", Kind: KindInt, Max: maxCount, Var: true, Doc: "the two bytes of a packet identifier, after hex"},
				{Name: "fill", Kind: KindInt, Min: 1, Max: maxCount, Doc: "that many bytes of the letter x, after packet_id"},
				{Name: "then", Kind: KindHex, Doc: "the bytes after all of these, in the same piece"},
				connField(),
			}},
		Verb{Key: "send close", Peer: Script, Scalar: "how", Doc: "the script ends the connection", Fields: []Field{end, connField()}},
	)
}

// packetTypes returns the types that may travel in direction d.
func packetTypes(d wire.Direction) []wire.Type {
	var types []wire.Type
	for t := wire.CONNECT; t <= wire.DISCONNECT; t++ {
		if d.Carries(t) {
			types = append(types, t)
		}
	}
	return types
}

// typeNames returns the names of the types that may travel in one of the directions.
func typeNames(ds ...wire.Direction) []string {
	var names []string
	for t := wire.CONNECT; t <= wire.DISCONNECT; t++ {
		if slices.ContainsFunc(ds, func(d wire.Direction) bool { return d.Carries(t) }) {
			names = append(names, t.String())
		}
	}
	return names
}

// packetFields are the fields of a packet as a step may say them, from the table of package wire. Where
// nothing is sent, only compared, none of them is required.
func packetFields(t wire.Type, compare bool) []Field {
	var fields []Field
	for _, spec := range wire.Fields(t) {
		f := packetField(spec)
		f.Required = !compare && mustSay(spec)
		f.Not = compare && f.Var && f.Kind != KindFilters
		if spec.Kind != wire.Bytes && spec.Kind != wire.Text {
			fields = append(fields, f)
			continue
		}
		forms := bytesFields(f.Name, f.Doc, nil)
		forms[0] = f
		fields = append(fields, forms...)
	}
	return append(fields, connField())
}

// packetField is one field of a packet as a step may say it.
func packetField(spec wire.FieldSpec) Field {
	f := Field{Name: spec.Name, Doc: strings.TrimSuffix(spec.Doc, "."), Var: true, Null: spec.Optional}
	switch spec.Kind {
	case wire.Bool:
		f.Kind = KindBool
	case wire.Uint8, wire.Uint16:
		f.Kind, f.Max = KindInt, spec.Max
	case wire.Seconds:
		f.Kind = KindSeconds
	case wire.Text, wire.Bytes:
		f.Kind = KindText
	case wire.Filters:
		f = filterField(f.Doc, 2)
	case wire.Texts:
		f.Kind, f.Var, f.Fields = KindTexts, false, filterForms()
	case wire.Codes:
		f.Kind, f.Var, f.Max = KindInts, false, spec.Max
	default:
		panic("scenario: no kind of value for the field " + spec.Name)
	}
	return f
}

// orderField is what an expect may say of a packet with a list of filters, which stand in the order of the
// subject's choice. What belongs to them in the packets that answer keeps to that order.
func orderField(t wire.Type) []Field {
	if t != wire.SUBSCRIBE && t != wire.UNSUBSCRIBE {
		return nil
	}
	return []Field{{Name: "any_order", Kind: KindBool, Doc: "filters may stand in any order"}}
}

// mustSay tells the fields whose zero value no server may send: a scenario that means it says so.
func mustSay(spec wire.FieldSpec) bool {
	return !spec.Optional && slices.Contains([]string{"packet_id", "topic", "codes"}, spec.Name)
}
