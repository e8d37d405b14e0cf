package scenario

import (
	"strings"
	"sync"
	"time"

	"umqtt/harness/wire"
)

// Args holds the arguments of a step, by field name. The values are canonical: bool, int, float64, string,
// time.Duration, []byte, []string, []int, []wire.Subscription, wire.Type, [Will], map[string]any (the fields that a
// fault sets), nil (the packet must not have the field), [Unlike], or [Var]. A field that was left out has its
// default, or no entry.
//
// The loader resolves three short forms: payload_hex and payload_size become payload (likewise for other fields of
// bytes), filter and qos of a call of the client become filters, and a bare scalar becomes the field that it stands
// for.
type Args map[string]any

// Var is the name of a variable without the $. The first expect or deliver that names it binds it, later ones compare
// with it, and send and fault use it.
type Var string

// String returns the variable as scenarios write it.
func (v Var) String() string { return "$" + string(v) }

// get returns a field of a known type.
func get[T any](a Args, name string) (T, bool) {
	v, ok := a[name].(T)
	return v, ok
}

// Has reports whether the step says name, be it a variable.
func (a Args) Has(name string) bool { _, ok := a[name]; return ok }

// String returns a text, a payload or a word of an enumeration. Like all typed accessors it returns false if the
// field is absent, a variable, or of another kind.
func (a Args) String(name string) (string, bool) { return get[string](a, name) }

// Int returns a number.
func (a Args) Int(name string) (int, bool) { return get[int](a, name) }

// Bool returns a truth value.
func (a Args) Bool(name string) (bool, bool) { return get[bool](a, name) }

// Float returns a probability.
func (a Args) Float(name string) (float64, bool) { return get[float64](a, name) }

// Duration returns a duration.
func (a Args) Duration(name string) (time.Duration, bool) { return get[time.Duration](a, name) }

// Bytes returns bytes that were written in hex, or a payload.
func (a Args) Bytes(name string) ([]byte, bool) {
	if s, ok := get[string](a, name); ok {
		return []byte(s), true
	}
	return get[[]byte](a, name)
}

// Texts returns a list of texts.
func (a Args) Texts(name string) ([]string, bool) { return get[[]string](a, name) }

// Ints returns a list of numbers.
func (a Args) Ints(name string) ([]int, bool) { return get[[]int](a, name) }

// Filters returns a list of subscriptions.
func (a Args) Filters(name string) ([]wire.Subscription, bool) {
	return get[[]wire.Subscription](a, name)
}

// Type returns a packet type.
func (a Args) Type(name string) (wire.Type, bool) { return get[wire.Type](a, name) }

// Var returns the variable in place of a value.
func (a Args) Var(name string) (Var, bool) { return get[Var](a, name) }

// Pattern returns the n bytes that payload_size stands for: digits and letters with a prime period, so that a lost,
// repeated or misplaced piece is visible.
func Pattern(n int) string {
	patternLock.Lock()
	defer patternLock.Unlock()
	if n > len(pattern) { // room for more than was asked, so that growing costs little
		const period = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY"
		pattern = strings.Repeat(period, 2*n/len(period)+1)
	}
	return pattern[:n]
}

// The longest pattern so far. Those that are returned share its bytes, so that many large payloads take the
// memory of one.
var (
	patternLock sync.Mutex
	pattern     string
)
