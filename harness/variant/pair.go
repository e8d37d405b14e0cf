package variant

import (
	"reflect"
	"slices"

	"umqtt/harness/fault"
	"umqtt/harness/mutant"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/subject/ref"
	"umqtt/harness/wire"
)

// Pair returns a variant with the behaviour of both; a changes packets before b. It returns false if they cannot be
// combined: their bases differ, or they change the same thing.
func Pair(a, b Variant) (Variant, bool) {
	if a.Base != b.Base || clash(a, b) {
		return Variant{}, false
	}
	v := Variant{
		Name: a.Name + "+" + b.Name[len(b.Base)+1:], Base: a.Base, Does: a.Does + "; " + b.Does, Allows: a.Allows + " " + b.Allows,
		Without: slices.Concat(a.Without, b.Without), With: slices.Concat(a.With, b.With),
		TellsOtherwise: a.TellsOtherwise || b.TellsOtherwise,
		Habits:         a.Habits, Robust: a.Robust, Change: bothChanges(a.Change, b.Change), Make: bothMakes(a.Make, b.Make),
	}
	mine, other := reflect.ValueOf(&v.Habits).Elem(), reflect.ValueOf(b.Habits)
	for i := range mine.NumField() {
		if !other.Field(i).IsZero() {
			mine.Field(i).Set(other.Field(i))
		}
	}
	if b.Robust.Delay != nil {
		v.Robust = b.Robust
	}
	v.With = slices.DeleteFunc(v.With, func(f spec.Feature) bool { return slices.Contains(v.Without, f) })
	return v, true
}

// bothChanges tampers as a and then as b on the way to the server, and the other way round on the way back.
func bothChanges(a, b mutant.Mutant) mutant.Mutant {
	m := mutant.Mutant{Rules: slices.Concat(a.Rules, b.Rules), Rewrite: a.Rewrite, Wrap: a.Wrap}
	switch {
	case m.Rewrite == nil:
		m.Rewrite = b.Rewrite
	case b.Rewrite != nil:
		m.Rewrite = func() mutant.Rewrite {
			first, second := a.Rewrite().Packet, b.Rewrite().Packet
			return mutant.Rewrite{Packet: func(p fault.Packet) []fault.Packet {
				one, two := first, second
				if p.Dir == wire.ToClient {
					one, two = second, first
				}
				var all []fault.Packet
				for _, q := range one(p) {
					all = append(all, two(q)...)
				}
				return all
			}}
		}
	}
	switch {
	case m.Wrap == nil:
		m.Wrap = b.Wrap
	case b.Wrap != nil:
		m.Wrap = func(s subject.Subject, env subject.Env) subject.Subject { return b.Wrap(a.Wrap(s, env), env) }
	}
	return m
}

// bothMakes makes the one factory of the other's.
func bothMakes(a, b func(subject.Factory) subject.Factory) func(subject.Factory) subject.Factory {
	if a == nil || b == nil {
		if a == nil {
			a = b
		}
		return a
	}
	return func(f subject.Factory) subject.Factory { return b(a(f)) }
}

// about lists habits that are about the same thing: no client has two of a line.
var about = [][]string{
	{"FirstID", "CountDown", "IDsByKind", "RandomIDs"},
	{"PingHalf", "PingEvery", "PingAtOnce", "PingBehindPublish", "KeepAliveMax"},
	{"Apart", "ApartAtOnce"},
	{"Resubscribes", "ResubscribesWhenGone"},
	{"AcksFirst", "AckAfter", "AckBatch", "AcksLast"},
	{"ReportsEarly", "ReportAfter", "ReportsNever"},
	{"Waits", "Window"},
	{"Waits", "AcksLast"},
	{"ReleaseAfter", "ResendAfter"},
	{"CompleteAfter", "DeliversReleased"},
	{"Waits", "ReportsEarly", "ReportsNever"},
	{"Silent", "Drains", "ReturnsAfterDisconnect"},
	{"ReconnectAfter", "AtOnce", "Grows"},
	{"Hasty", "ResendsEarly"},
	{"Pieces", "MergeFor"},
}

// clash reports whether two variants are about the same thing.
func clash(a, b Variant) bool {
	if a.Robust.Delay != nil && b.Robust.Delay != nil {
		return true
	}
	has := func(v Variant, name string) bool { return !reflect.ValueOf(v.Habits).FieldByName(name).IsZero() }
	for i := range reflect.TypeFor[ref.Habits]().NumField() {
		name := reflect.TypeFor[ref.Habits]().Field(i).Name
		if name != "Reconnects" && has(a, name) && has(b, name) {
			return true
		}
	}
	for _, line := range about {
		if slices.ContainsFunc(line, func(name string) bool { return has(a, name) }) && slices.ContainsFunc(line, func(name string) bool { return has(b, name) }) {
			return true
		}
	}
	return false
}
