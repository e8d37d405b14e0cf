package scenario

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/wire"
)

// Each accessor returns its own kind, and nothing for a variable, another kind or no field at all.
func TestArgs(t *testing.T) {
	a := Args{
		"text": "t", "int": 1, "bool": true, "float": 0.5, "duration": time.Second, "bytes": []byte{1},
		"texts": []string{"a"}, "ints": []int{1}, "filters": []wire.Subscription{{Filter: "f"}}, "type": wire.PUBACK,
		"var": Var("id"), "null": nil,
	}
	reads := map[string]func(string) (any, bool){
		"text":     func(n string) (any, bool) { return box(a.String(n)) },
		"int":      func(n string) (any, bool) { return box(a.Int(n)) },
		"bool":     func(n string) (any, bool) { return box(a.Bool(n)) },
		"float":    func(n string) (any, bool) { return box(a.Float(n)) },
		"duration": func(n string) (any, bool) { return box(a.Duration(n)) },
		"bytes":    func(n string) (any, bool) { return box(a.Bytes(n)) },
		"texts":    func(n string) (any, bool) { return box(a.Texts(n)) },
		"ints":     func(n string) (any, bool) { return box(a.Ints(n)) },
		"filters":  func(n string) (any, bool) { return box(a.Filters(n)) },
		"type":     func(n string) (any, bool) { return box(a.Type(n)) },
		"var":      func(n string) (any, bool) { return box(a.Var(n)) },
	}
	for kind, read := range reads {
		for name := range a {
			got, ok := read(name)
			switch {
			case name == kind:
				if diff := cmp.Diff(a[name], got); !ok || diff != "" {
					t.Errorf("%s: ok %v (-want +got):\n%s", kind, ok, diff)
				}
			case kind == "bytes" && name == "text": // a payload
				if diff := cmp.Diff([]byte("t"), got); !ok || diff != "" {
					t.Errorf("text as bytes: ok %v (-want +got):\n%s", ok, diff)
				}
			case ok:
				t.Errorf("the field %s is read as %s: %v", name, kind, got)
			}
		}
		if _, ok := read("absent"); ok {
			t.Errorf("a field that is absent is read as %s", kind)
		}
	}
	if !a.Has("null") || !a.Has("var") || a.Has("absent") {
		t.Error("Has is wrong")
	}
}

func box[T any](v T, ok bool) (any, bool) { return v, ok }

func TestConnectWith(t *testing.T) {
	user, other := "u", "v"
	base := Connect{ClientID: "c1", CleanSession: true, KeepAlive: time.Second, Username: &user, Will: &Will{Topic: "w"}, MaxDepth: 3}
	if diff := cmp.Diff(base, base.With(nil)); diff != "" {
		t.Errorf("no arguments change something (-want +got):\n%s", diff)
	}
	got := base.With(Args{"client_id": "", "clean_session": false, "keep_alive": time.Minute, "username": "v", "password": "p",
		"will": Will{Topic: "x", QoS: 1}, "as": "call"})
	password := "p"
	want := Connect{KeepAlive: time.Minute, Username: &other, Password: &password, Will: &Will{Topic: "x", QoS: 1}, MaxDepth: 3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("with arguments (-want +got):\n%s", diff)
	}
	if *base.Username != "u" || base.Will.Topic != "w" {
		t.Error("With has changed its receiver")
	}
}

func TestRange(t *testing.T) {
	for _, test := range []struct {
		r      Range
		d      time.Duration
		in     bool
		string string
	}{
		{Range{Min: 2, Max: 4}, 1, false, "2ns~4ns"},
		{Range{Min: 2, Max: 4}, 2, true, "2ns~4ns"},
		{Range{Min: 2, Max: 4}, 4, true, "2ns~4ns"},
		{Range{Min: 2, Max: 4}, 5, false, "2ns~4ns"},
		{Range{Min: 2}, 1, false, "2ns"},
		{Range{Min: 2}, time.Hour, true, "2ns"},
	} {
		if got := test.r.Has(test.d); got != test.in || test.r.String() != test.string {
			t.Errorf("%v has %v: %v", test.r, test.d, got)
		}
	}
}

// No two pieces of a pattern that are near each other look alike.
func TestPattern(t *testing.T) {
	p := Pattern(200)
	if len(p) != 200 || p[:12] != "0123456789ab" {
		t.Errorf("pattern %q", p)
	}
	for shift := 1; shift < 61; shift++ {
		if p[shift:shift+61] == p[:61] {
			t.Errorf("the pattern repeats after %d bytes", shift)
		}
	}
}
