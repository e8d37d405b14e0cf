package scenario

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"umqtt/harness/wire"
)

// foldPayload turns the fields of bytes that are written in another form into the fields themselves.
func foldPayload(s *step) { s.p.fold(s.verb.Fields, s.Args, s.at) }

// fold turns name_hex and name_size in args into name, for each of the fields that has such forms.
func (p *parser) fold(fields []Field, args Args, at map[string]*yaml.Node) {
	for _, f := range fields {
		size, ok := FieldNamed(fields, f.Name+"_size")
		if !ok {
			continue
		}
		hex, first := f.Name+"_hex", ""
		for _, form := range []string{f.Name, hex, size.Name} {
			switch {
			case at[form] == nil:
			case first != "":
				p.errorf(at[form], "%s: %s is given, too; write one of them", form, first)
			default:
				first = form
			}
		}
		if b, ok := get[[]byte](args, hex); ok {
			args[f.Name] = string(b)
		}
		if n, ok := args.Int(size.Name); ok {
			if !p.count(n, size.Name, at[size.Name]) {
				n = 0
			}
			args[f.Name] = Pattern(n)
		}
		delete(args, hex)
		delete(args, size.Name)
	}
}

// count adds n bytes, of the field name, to the payloads of the scenario. It returns false where they are too many.
func (p *parser) count(n int, name string, at *yaml.Node) bool {
	if p.payload += n; p.payload > maxPayload {
		p.errorf(at, "%s: the payloads of the scenario come to %d bytes here; at most %d", name, p.payload, maxPayload)
		return false
	}
	return true
}

// countFill counts the fill of raw bytes among the payloads.
func countFill(s *step) {
	n, _ := s.Args.Int("fill")
	s.p.count(n, "fill", s.at["fill"])
}

// foldFilters turns filter and qos into filters.
func foldFilters(s *step) {
	s.p.fold(s.verb.Fields, s.Args, s.at)
	for _, form := range []string{"filter_hex", "filter_size"} {
		if s.has(form) && !s.has("filter") {
			s.at["filter"] = s.at[form]
		}
	}
	switch {
	case !s.has("filter") && !s.has("filters"):
		s.errorf("", "%s needs filter, or filters for several in one packet", s.Key)
		return
	case s.has("filter") && s.has("filters"):
		s.errorf("filters", "filters: filter is given, too; write one of them")
		return
	case s.has("filters") && s.has("qos"):
		s.errorf("qos", "qos: it belongs to filter; each of filters has its own")
		return
	case s.has("filters"):
		return
	}
	filter, _ := s.Args.String("filter")
	qos, _ := s.Args.Int("qos")
	delete(s.Args, "filter")
	delete(s.Args, "qos")
	if f, _ := s.verb.Field("filters"); f.Kind == KindTexts {
		s.Args["filters"] = []string{filter}
	} else {
		s.Args["filters"] = []wire.Subscription{{Filter: filter, QoS: qos}}
	}
}

// callbackUses lists, by action of a callback, the field that it needs and those that it may have.
var callbackUses = map[string]struct {
	need string
	may  []string
}{
	"publish":     {"topic", []string{"payload", "payload_hex", "payload_size", "qos", "retain"}},
	"subscribe":   {"filter", []string{"qos"}},
	"unsubscribe": {"filter", nil},
	"disconnect":  {},
	"close":       {},
	"wait":        {"for", nil},
}

// checkOnMessage checks that a callback's program says what its action needs, and no more.
func checkOnMessage(s *step) {
	do, _ := s.Args.String("do")
	uses, known := callbackUses[do]
	for _, f := range s.verb.Fields {
		base := strings.TrimSuffix(strings.TrimSuffix(f.Name, "_hex"), "_size")
		if known && s.has(f.Name) && slices.Contains(callbackFields, base) && base != uses.need && !slices.Contains(uses.may, f.Name) {
			s.errorf(f.Name, "%s: %s takes none", f.Name, do)
		}
	}
	if f, _ := s.verb.Field(uses.need); uses.need != "" && !slices.ContainsFunc(f.Forms(s.verb.Fields), s.has) {
		s.errorf("do", "do: %s needs %s", do, uses.need)
	}
	if still, _ := s.Args.Bool("still"); still && (do == "disconnect" || do == "close") {
		s.errorf("still", "still: %s ends what the message belongs to", do)
	}
	times, _ := s.Args.Int("times")
	count, _ := s.Args.Int("count")
	if times*count > maxCalls {
		s.errorf("count", "count: %d calls for each of %d messages are more than %d calls", count, times, maxCalls)
	}
	foldPayload(s)
	for field, zero := range map[string]any{"payload": "", "qos": 0, "retain": false} {
		if slices.Contains(uses.may, field) && !s.Args.Has(field) {
			s.Args[field] = zero
		}
	}
}

// checkGrowth checks that something is measured.
func checkGrowth(s *step) {
	if !s.has("threads") && !s.has("descriptors") && !s.has("memory") {
		s.errorf("", "measure growth needs threads, descriptors or memory")
	}
}

// callbackFields are the fields of a callback's program that belong to some actions and not to others.
var callbackFields = []string{"topic", "filter", "payload", "qos", "retain", "for"}

// checkExpect checks that an order is about something.
func checkExpect(s *step) {
	foldPayload(s)
	if s.has("any_order") && !s.has("filters") {
		s.errorf("any_order", "any_order: it is about filters, which %s does not name", s.Key)
	}
}

// checkSend checks that a PUBLISH of the script has a packet id exactly where it can have one.
func checkSend(s *step) {
	foldPayload(s)
	if _, isVar := s.Args.Var("qos"); isVar || s.verb.Packet != wire.PUBLISH {
		return
	}
	qos, _ := s.Args.Int("qos")
	switch given := s.Args["packet_id"] != nil; {
	case qos > 0 && !given:
		s.errorf("qos", "%s needs packet_id at QoS %d", s.Key, qos)
	case qos == 0 && given:
		s.errorf("packet_id", "packet_id: a PUBLISH at QoS 0 has none")
	}
}
