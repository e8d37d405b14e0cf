package scenario

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"umqtt/harness/wire"
)

// A Resolver returns the value that a variable is bound to, in the canonical values of package wire.
type Resolver func(Var) (any, error)

// Want is one field that an expect or a deliver names.
type Want struct {
	// Name is the field's name, of [wire.Fields].
	Name string
	// Value is what [wire.Get] must return: a canonical value of package wire, nil if the packet must not have the
	// field, an [Unlike], or a [Var], which is bound at its first use and compared with later.
	Value any
	// AnyOrder says that the items of Value, a list, may be in any order.
	AnyOrder bool
}

// Wants returns the packet fields that an expect or deliver step names, in the order of [wire.Fields]. conn is not
// among them, since it is not a packet field, nor is any_order, which is in the Want of its field.
func Wants(s Step) ([]Want, error) {
	t, ok := s.Packet()
	if !ok {
		return nil, fmt.Errorf("%v: %s names no packet", s.Pos, s.Key)
	}
	wants, err := fieldsOf(t, s.Args)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", s.Pos, err)
	}
	any, _ := s.Args.Bool("any_order")
	for i := range wants {
		wants[i].AnyOrder = any && wants[i].Name == "filters"
	}
	return wants, nil
}

// Raw returns the bytes of a send raw step: those of hex, the packet identifier, the fill and those of then.
func Raw(s Step, resolve Resolver) ([]byte, error) {
	b, _ := s.Args.Bytes("hex")
	b = slices.Clone(b)
	if id, ok := s.Args["packet_id"]; ok {
		v, err := resolved(id, resolve)
		if err != nil {
			return nil, fmt.Errorf("%v: packet_id: %w", s.Pos, err)
		}
		n, ok := v.(int)
		if !ok {
			return nil, fmt.Errorf("%v: packet_id: %v is not a packet identifier", s.Pos, v)
		}
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	}
	fill, _ := s.Args.Int("fill")
	b = append(b, bytes.Repeat([]byte{'x'}, fill)...)
	then, _ := s.Args.Bytes("then")
	return append(b, then...), nil
}

// Packet returns the packet that a send step names. Fields that the step leaves out are zero.
func Packet(s Step, resolve Resolver) (wire.Packet, error) {
	t, ok := s.Packet()
	if !ok {
		return nil, fmt.Errorf("%v: %s names no packet", s.Pos, s.Key)
	}
	fields, err := fieldsOf(t, s.Args)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", s.Pos, err)
	}
	p := wire.New(t)
	for _, f := range fields {
		v, err := resolved(f.Value, resolve)
		if err == nil {
			err = wire.Set(p, f.Name, v)
		}
		if err != nil {
			return nil, fmt.Errorf("%v: %s: %w", s.Pos, f.Name, err)
		}
	}
	return p, nil
}

// wireFields has the fields of each packet type.
var wireFields = func() (all [16][]wire.FieldSpec) {
	for t := range all {
		all[t] = wire.Fields(wire.Type(t))
	}
	return all
}()

// fieldsOf returns the fields of packet type t in args, in the order of wire.Fields and in wire's
// canonical values.
func fieldsOf(t wire.Type, args map[string]any) ([]Want, error) {
	fields := wireFields[t&15]
	var wants []Want
	for _, spec := range fields {
		if v, ok := args[spec.Name]; ok {
			wants = append(wants, Want{Name: spec.Name, Value: canonical(v)})
		}
	}
	if len(wants) == len(args) {
		return wants, nil
	}
	for name := range args {
		if name == "conn" || name == "any_order" {
			continue
		}
		if !slices.ContainsFunc(fields, func(f wire.FieldSpec) bool { return f.Name == name }) {
			return nil, fmt.Errorf("%s: a %v has no such field", name, t)
		}
	}
	return wants, nil
}

// canonical turns a value of Args into one of package wire: durations are whole seconds there.
func canonical(v any) any {
	switch v := v.(type) {
	case time.Duration:
		return int(v / time.Second)
	case Unlike:
		not := make([]any, len(v.Not))
		for i, n := range v.Not {
			not[i] = canonical(n)
		}
		return Unlike{v.As, not}
	}
	return v
}

// resolved returns what a variable is bound to, and any other value as it is.
func resolved(v any, resolve Resolver) (any, error) {
	name, ok := v.(Var)
	if !ok {
		return v, nil
	}
	if resolve == nil {
		return nil, fmt.Errorf("%v has no value", name)
	}
	return resolve(name)
}
