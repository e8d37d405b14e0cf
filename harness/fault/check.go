package fault

import (
	"errors"
	"fmt"
	"slices"

	"umqtt/harness/wire"
)

// Check returns an error if the rule is invalid: a number is out of range, the action is missing, or there is
// a matcher for an action that takes none. The error names the field.
func (r Rule) Check() error {
	var errs []error
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf("fault: "+format, args...))
		}
	}
	m := r.Match
	bad(m.Conn < 0, "conn: %d is below 0", m.Conn)
	bad(m.Nth < 0, "nth: %d is below 0", m.Nth)
	bad(m.Probability < 0 || m.Probability > 1, "probability: %v is outside of 0 to 1", m.Probability)
	bad(m.Dirs > ToClient, "dir: %d is none of both, to_server, to_client", m.Dirs)
	for name := range m.Fields {
		bad(m.Type != 0 && !hasField(m.Type, name), "%s: %s has no such field", name, m.Type)
	}
	switch a := r.Action.(type) {
	case nil:
		bad(true, "a rule needs an action")
	case Delay:
		bad(a.By <= 0, "delay: by: %v is not above 0", a.By)
	case Latency:
		bad(a.By <= 0, "latency: by: %v is not above 0", a.By)
	case Jitter:
		bad(a.Max.Milliseconds() <= 0, "jitter: max: %v is below 1ms", a.Max)
	case Bandwidth:
		bad(a.Rate <= 0, "bandwidth: rate: %d is not above 0 bytes a second", a.Rate)
	case Hold:
		bad(r.Name == "", "hold: name: a held packet needs a name to release it by")
	case Duplicate:
		bad(a.Times < 0, "duplicate: times: %d is below 0", a.Times)
	case Corrupt:
		bad(a.Xor == 0, "corrupt: xor: 0 changes nothing")
	case Truncate:
		bad(a.To < 0, "truncate: to: %d is below 0", a.To)
	case Replace:
		bad(len(a.With) == 0, "replace: with: no bytes; drop takes a packet out")
	case Set:
		bad(len(a.Fields) == 0, "set: no fields")
	case Inject:
		bad(len(a.Data) == 0, "inject: data: no bytes")
	case Split:
		bad(len(a.Sizes) == 0, "split: sizes: none given")
		bad(slices.ContainsFunc(a.Sizes, func(n int) bool { return n <= 0 }), "split: sizes: %v has one that is not above 0", a.Sizes)
	case Merge:
		bad(a.Count < 0 || a.Count == 1, "merge: count: %d packets cannot be merged", a.Count)
	case Cut:
		bad(a.How == NoEnding || a.How > HalfClose, "cut: how: %v is none of fin, rst, half", a.How)
		bad(a.Refuse < 0, "cut: refuse: %d is below 0", a.Refuse)
	case Stall:
		bad(a.Dirs > ToClient, "stall: dir: %d is none of both, to_server, to_client", a.Dirs)
		bad(a.At < 0, "stall: at: %d is below 0", a.At)
	case Refuse:
		bad(a.Count < 0, "refuse: count: %d is below 0", a.Count)
	case AcceptClose:
		bad(a.Count < 0, "accept_close: count: %d is below 0", a.Count)
		bad(a.How != FIN && a.How != RST, "accept_close: how: %v is none of fin, rst", a.How)
	}
	return errors.Join(errs...)
}

func hasField(t wire.Type, name string) bool {
	return slices.ContainsFunc(wire.Fields(t), func(f wire.FieldSpec) bool { return f.Name == name })
}
