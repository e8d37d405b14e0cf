package scenario

import (
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// AtOnce reports whether s is a fault cut or fault stall that names no packet, and so acts at once: on the connection
// in its field conn, or on the subject's newest connection.
func AtOnce(s Step) bool {
	return (s.Key == "fault cut" || s.Key == "fault stall") && !slices.ContainsFunc(selectors, s.Args.Has)
}

// Rule returns the rule that a fault step adds to the engine. It fails for fault release, heal, down and up, which
// add no rule. For a step that acts [AtOnce], the rule's action is what to do, and its matcher selects only the
// connection and, for half, the direction.
func Rule(s Step, resolve Resolver) (fault.Rule, error) {
	action, err := action(s, resolve)
	if err != nil {
		return fault.Rule{}, fmt.Errorf("%v: %w", s.Pos, err)
	}
	a := s.Args
	r := fault.Rule{Action: action}
	set(&r.Name, a, "name")
	set(&r.Match.Conn, a, "conn")
	set(&r.Match.Type, a, "packet")
	set(&r.Match.Nth, a, "nth")
	set(&r.Match.Probability, a, "probability")
	if _, ok := action.(fault.Stall); !ok {
		r.Match.Dirs = dirsOf(a, "dir")
	} else {
		r.Match.Dirs = dirsOf(a, "of")
	}
	for _, name := range []string{"topic", "packet_id"} {
		v, ok := a[name]
		if !ok {
			continue
		}
		if v, err = resolved(v, resolve); err != nil {
			return fault.Rule{}, fmt.Errorf("%v: %s: %w", s.Pos, name, err)
		}
		if r.Match.Fields == nil {
			r.Match.Fields = map[string]any{}
		}
		r.Match.Fields[name] = v
	}
	if err := r.Check(); err != nil {
		return fault.Rule{}, fmt.Errorf("%v: %w", s.Pos, err)
	}
	return r, nil
}

// action returns what the step does to a packet or a connection.
func action(s Step, resolve Resolver) (fault.Action, error) {
	a := s.Args
	num := func(name string) int { i, _ := a.Int(name); return i }
	name := strings.TrimPrefix(s.Key, "fault ")
	how, _ := fault.ParseEnding(text(a, "how"))
	by, _ := a.Duration("by")
	switch name {
	case "drop":
		return fault.Drop{}, nil
	case "delay":
		return fault.Delay{By: by}, nil
	case "hold":
		return fault.Hold{}, nil
	case "duplicate":
		return fault.Duplicate{Times: num("times")}, nil
	case "swap":
		return fault.Swap{}, nil
	case "corrupt":
		return fault.Corrupt{Byte: num("byte"), Xor: byte(num("xor"))}, nil
	case "truncate":
		return fault.Truncate{To: num("to")}, nil
	case "replace":
		with, _ := a.Bytes("with")
		return fault.Replace{With: with}, nil
	case "set":
		return changed(s, resolve)
	case "inject":
		data, _ := a.Bytes("data")
		before, _ := a.Bool("before")
		return fault.Inject{Data: data, Before: before}, nil
	case "split":
		sizes, _ := a.Ints("sizes")
		return fault.Split{Sizes: sizes}, nil
	case "merge":
		return fault.Merge{Count: num("count")}, nil
	case "cut":
		at, ok := a.Int("at")
		if !ok {
			at = -1
		}
		forget, _ := a.Bool("forget")
		return fault.Cut{At: at, How: how, Refuse: num("refuse"), Forget: forget}, nil
	case "stall":
		return fault.Stall{Dirs: dirs(a), At: num("at")}, nil
	case "refuse":
		return fault.Refuse{Count: num("count")}, nil
	case "accept_close":
		return fault.AcceptClose{Count: num("count"), How: how}, nil
	case "latency":
		return fault.Latency{By: by}, nil
	case "jitter":
		most, _ := a.Duration("max")
		return fault.Jitter{Max: most}, nil
	case "bandwidth":
		return fault.Bandwidth{Rate: num("rate")}, nil
	}
	return nil, fmt.Errorf("%s makes no rule", s.Key)
}

// changed returns the action of fault set.
func changed(s Step, resolve Resolver) (fault.Action, error) {
	t, _ := s.Args.Type("packet")
	values, _ := get[map[string]any](s.Args, "set")
	fields, err := fieldsOf(t, values)
	if err != nil {
		return nil, err
	}
	set := fault.Set{Fields: map[string]any{}}
	for _, f := range fields {
		v, err := resolved(f.Value, resolve)
		if err == nil {
			err = wire.Set(wire.New(t), f.Name, v)
		}
		if err != nil {
			return nil, fmt.Errorf("set.%s: %w", f.Name, err)
		}
		set.Fields[f.Name] = v
	}
	return set, nil
}

// dirs returns the directions that the field dir names.
func dirs(a Args) fault.Dirs { return dirsOf(a, "dir") }

// dirsOf returns the directions that a field names.
func dirsOf(a Args, field string) fault.Dirs {
	for _, d := range []fault.Dirs{fault.ToServer, fault.ToClient} {
		if text(a, field) == d.String() {
			return d
		}
	}
	return fault.BothWays
}
