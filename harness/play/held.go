package play

import (
	"reflect"
	"strings"
	"sync"
	"unsafe"

	"umqtt/harness/subject"
)

// A holding is what can be reached from a subject of this module: the bytes of its data, and the elements of its slices
// and maps but for bytes. Functions and channels, the world of the subject, and the messages that wait in a program's own
// queue do not count.
type holding struct {
	bytes, elements int
	seen            map[unsafe.Pointer]bool
}

// heldBy measures what a subject holds.
func heldBy(s subject.Subject) holding {
	if l, ok := s.(*lives); ok {
		s = l.subject
	}
	h := holding{seen: map[unsafe.Pointer]bool{}}
	h.walk(reflect.ValueOf(s))
	return h
}

func (h *holding) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if own(v.Type().Elem()) && h.first(v) {
			h.bytes += int(v.Type().Elem().Size())
			h.walk(v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			h.walk(v.Elem())
		}
	case reflect.Struct:
		if own(v.Type()) {
			for i := range v.NumField() {
				if refers(v.Type().Field(i).Type) {
					h.walk(v.Field(i))
				}
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			h.walk(v.Index(i))
		}
	case reflect.String:
		h.bytes += v.Len()
	case reflect.Slice:
		h.slice(v)
	case reflect.Map:
		h.elements += v.Len()
		h.bytes += v.Len() * int(v.Type().Key().Size()+v.Type().Elem().Size())
		for all := v.MapRange(); all.Next(); {
			h.walk(all.Key())
			h.walk(all.Value())
		}
	}
}

func (h *holding) slice(v reflect.Value) {
	if !h.first(v) {
		return
	}
	elem := v.Type().Elem()
	h.bytes += v.Cap() * int(elem.Size())
	if elem.Kind() != reflect.Uint8 {
		h.elements += v.Len()
	}
	if refers(elem) {
		for i := range v.Len() {
			h.walk(v.Index(i))
		}
	}
}

// first reports whether a pointer or slice is not nil and leads to what was not seen yet.
func (h *holding) first(v reflect.Value) bool {
	p := v.UnsafePointer()
	if p == nil || h.seen[p] {
		return false
	}
	h.seen[p] = true
	return true
}

// others are packages below this module's path that belong to the world of a subject, or to its harness.
var others = []string{"umqtt/harness/simnet", "umqtt/harness/proxy", "umqtt/harness/capture", "umqtt/harness/transport", "umqtt/harness/mortal", "umqtt/harness/play", "umqtt/harness/world"}

var owned sync.Map // reflect.Type → bool

// own reports whether values of a type are the subject's.
func own(t reflect.Type) bool {
	if is, ok := owned.Load(t); ok {
		return is.(bool)
	}
	path := t.PkgPath()
	is := path == "" || strings.HasPrefix(path, "container/") || strings.HasPrefix(path, "umqtt/")
	for _, other := range others {
		is = is && path != other
	}
	is = is && t.String() != "subject.posts"
	owned.Store(t, is)
	return is
}

var referring sync.Map // reflect.Type → bool

// refers reports whether more can be reached from a value of a type.
func refers(t reflect.Type) bool {
	if is, ok := referring.Load(t); ok {
		return is.(bool)
	}
	is := false
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map, reflect.String:
		is = true
	case reflect.Array:
		is = refers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			is = is || refers(t.Field(i).Type)
		}
		is = is && own(t)
	}
	referring.Store(t, is)
	return is
}
