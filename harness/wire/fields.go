package wire

import (
	"fmt"
	"slices"
)

// FieldKind is the kind of a field's value. It determines the Go type that Get and Set use.
type FieldKind byte

const (
	// Bool is a bit. Go: bool.
	Bool FieldKind = iota + 1
	// Uint8 is a number of at most one byte. Go: int.
	Uint8
	// Uint16 is a number of two bytes. Go: int.
	Uint16
	// Seconds is a time in whole seconds, in two bytes. Go: int.
	Seconds
	// Text is a UTF-8 string. Go: string.
	Text
	// Bytes is binary data. Go: string.
	Bytes
	// Filters is a list of topic filters, each with a QoS. Go: []Subscription.
	Filters
	// Texts is a list of UTF-8 strings. Go: []string.
	Texts
	// Codes is a list of return codes. Go: []int.
	Codes
)

var kindNames = [...]string{
	Bool: "bool", Uint8: "uint8", Uint16: "uint16", Seconds: "seconds", Text: "text",
	Bytes: "bytes", Filters: "filters", Texts: "texts", Codes: "codes",
}

// String returns the kind's name in lower case.
func (k FieldKind) String() string {
	if k > 0 && int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", byte(k))
}

// FieldSpec describes one field of a packet type.
type FieldSpec struct {
	// Name is the field's name in scenarios, such as packet_id.
	Name string
	// Short is its name in a Describe line; a field with "" is not in the line.
	Short string
	// Kind is the kind of its value.
	Kind FieldKind
	// Optional says that a packet may lack the field. Get then returns nil, and Set accepts nil.
	Optional bool
	// Max is the largest value that has an encoding: of a number its value, of a text or bytes the length in
	// bytes, of a list each number or length in it. It is 0 for Bool.
	Max int
	// Doc is one sentence for the reader of a scenario.
	Doc string
}

// field is a FieldSpec with the code that reaches the value. get returns a canonical value; set takes
// one that check has passed, or nil if the field is optional.
type field struct {
	FieldSpec
	get func(Packet) any
	set func(Packet, any)
}

// Fields returns the fields of packet type t in the order of a Describe line. The slice is the caller's.
func Fields(t Type) []FieldSpec {
	table := kindOf(t).table
	specs := make([]FieldSpec, len(table))
	for i := range table {
		specs[i] = table[i].FieldSpec
	}
	return specs
}

// Get returns the value of the field called name as its kind's Go type, and nil for an optional field
// that p does not have. It returns false if p's type has no such field. A PUBLISH with QoS 0 has no
// packet_id (MQTT-2.3.1-5).
func Get(p Packet, name string) (value any, ok bool) {
	if f := find(p.Type(), name); f != nil {
		return f.get(p), true
	}
	return nil, false
}

// Set sets the field called name to a value of its kind's Go type. Nil removes an optional field, and nil for
// any will field removes the will. Set accepts values that the standard forbids if they have an encoding. The
// error names the packet type, the field and the values that are allowed; p is then unchanged. Slices are
// copied.
func Set(p Packet, name string, value any) error {
	f := find(p.Type(), name)
	if f == nil {
		return fmt.Errorf("%v has no field %q", p.Type(), name)
	}
	if value != nil || !f.Optional {
		if err := f.check(value); err != nil {
			return fmt.Errorf("%v %s: %w", p.Type(), name, err)
		}
	}
	f.set(p, value)
	return nil
}

// find returns a field of packet type t by name, nil if there is none.
func find(t Type, name string) *field {
	table := kindOf(t).table
	for i := range table {
		if table[i].Name == name {
			return &table[i]
		}
	}
	return nil
}

// check tells why v is not a value for a field like s.
func (s *FieldSpec) check(v any) error {
	switch v := v.(type) {
	case bool:
		if s.Kind == Bool {
			return nil
		}
	case int:
		if s.Kind == Uint8 || s.Kind == Uint16 || s.Kind == Seconds {
			return within("", v, s.Max)
		}
	case string:
		if s.Kind == Text || s.Kind == Bytes {
			return within("length ", len(v), s.Max)
		}
	case []Subscription:
		if s.Kind == Filters {
			return checkEach(v, func(x Subscription) error {
				if err := within("length ", len(x.Filter), s.Max); err != nil {
					return err
				}
				return within("QoS ", x.QoS, 255)
			})
		}
	case []string:
		if s.Kind == Texts {
			return checkEach(v, func(x string) error { return within("length ", len(x), s.Max) })
		}
	case []int:
		if s.Kind == Codes {
			return checkEach(v, func(x int) error { return within("", x, s.Max) })
		}
	}
	return fmt.Errorf("want %s, got %T", s.want(), v)
}

// want says in words which values a field like s takes.
func (s *FieldSpec) want() string {
	switch s.Kind {
	case Bool:
		return "bool"
	case Uint8, Uint16, Seconds:
		return fmt.Sprintf("%v (int 0..%d)", s.Kind, s.Max)
	case Text, Bytes:
		return fmt.Sprintf("%v (string of at most %d bytes)", s.Kind, s.Max)
	case Filters:
		return "filters ([]wire.Subscription)"
	case Texts:
		return "texts ([]string)"
	case Codes:
		return fmt.Sprintf("codes ([]int, each 0..%d)", s.Max)
	}
	return s.Kind.String()
}

// within tells that n is outside 0..max.
func within(what string, n, max int) error {
	if n < 0 || n > max {
		return fmt.Errorf("%s%d is out of range 0..%d", what, n, max)
	}
	return nil
}

// checkEach returns the first error of an element, with its index.
func checkEach[E any](list []E, check func(E) error) error {
	for i, x := range list {
		if err := check(x); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

// maxText is the length in bytes that a length of two bytes can say.
const maxText = 65535

// boolField is a field that is a bool of the struct P points to.
func boolField[P Packet](name, short, doc string, at func(P) *bool) field {
	return field{
		FieldSpec: FieldSpec{Name: name, Short: short, Kind: Bool, Doc: doc},
		get:       func(p Packet) any { return *at(p.(P)) },
		set:       func(p Packet, v any) { *at(p.(P)) = v.(bool) },
	}
}

// numberField is a field that is a byte or uint16.
func numberField[P Packet, N byte | uint16](name, short string, kind FieldKind, max int, doc string, at func(P) *N) field {
	return field{
		FieldSpec: FieldSpec{Name: name, Short: short, Kind: kind, Max: max, Doc: doc},
		get:       func(p Packet) any { return int(*at(p.(P))) },
		set:       func(p Packet, v any) { *at(p.(P)) = N(v.(int)) },
	}
}

// stringField is a field that is a string.
func stringField[P Packet](name, short, doc string, at func(P) *string) field {
	return field{
		FieldSpec: FieldSpec{Name: name, Short: short, Kind: Text, Max: maxText, Doc: doc},
		get:       func(p Packet) any { return *at(p.(P)) },
		set:       func(p Packet, v any) { *at(p.(P)) = v.(string) },
	}
}

// idFields is the table of a packet whose only field is its packet id.
func idFields[P Packet](at func(P) *uint16) []field { return []field{idField(at)} }

// idField is the field packet_id of a packet that always has one.
func idField[P Packet](at func(P) *uint16) field {
	return numberField("packet_id", "id", Uint16, maxText, "Packet identifier.", at)
}

// data is the stored form of a Bytes value: nil if it is empty, as Decode has it.
func data(s string) []byte {
	if s == "" {
		return nil
	}
	return []byte(s)
}

// listField is a field that is a slice of its canonical type.
func listField[P Packet, E any](name, short string, kind FieldKind, max int, doc string, at func(P) *[]E) field {
	return field{
		FieldSpec: FieldSpec{Name: name, Short: short, Kind: kind, Max: max, Doc: doc},
		get:       func(p Packet) any { return slices.Clone(*at(p.(P))) },
		set:       func(p Packet, v any) { *at(p.(P)) = slices.Clone(v.([]E)) },
	}
}
