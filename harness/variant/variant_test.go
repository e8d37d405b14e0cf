package variant_test

import (
	"bytes"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"umqtt/harness/fault"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/subject/ref"
	"umqtt/harness/variant"
	"umqtt/harness/wire"
)

// Each variant is whole: a name of its own, what it does and why it may, a base, a habit, and features of the
// closed list that it takes from its base or adds to it.
func TestVariantsAreWhole(t *testing.T) {
	all := variant.All()
	if len(all) < 50 {
		t.Errorf("%d variants, want 50 or more", len(all))
	}
	var known []spec.Feature
	for _, f := range spec.Features() {
		known = append(known, f.Name)
	}
	bases := map[string]subject.Factory{}
	for _, f := range subject.Builtin() {
		bases[f.Name] = f
	}
	word := regexp.MustCompile(`^(simple|robust|ref)-[a-z0-9-]+$`)
	seen := map[string]bool{}
	for _, v := range all {
		base, ok := bases[v.Base]
		if !ok || !word.MatchString(v.Name) || !strings.HasPrefix(v.Name, v.Base+"-") || seen[v.Name] {
			t.Errorf("%s of %q: want a name of its own that begins with that of its base", v.Name, v.Base)
		}
		seen[v.Name] = true
		if v.Does == "" || !strings.HasSuffix(v.Allows, ".") {
			t.Errorf("%s: does %q, allowed by %q; want both", v.Name, v.Does, v.Allows)
		}
		habit := v.Habits != (ref.Habits{}) || v.Robust.Delay != nil || v.Make != nil || v.Change.Check() == nil
		if !habit {
			t.Errorf("%s has no habit", v.Name)
		}
		if v.Habits != (ref.Habits{}) && v.Base != "ref" || v.Robust.Delay != nil && v.Base != "robust" {
			t.Errorf("%s: its base %s has no such habit", v.Name, v.Base)
		}
		for _, f := range v.Without {
			if !slices.Contains(base.Features, f) {
				t.Errorf("%s is without %s, which %s lacks", v.Name, f, v.Base)
			}
		}
		for _, f := range v.With {
			if !slices.Contains(known, f) || slices.Contains(base.Features, f) {
				t.Errorf("%s is with %s, which is no feature, or one that %s has", v.Name, f, v.Base)
			}
		}
		f := v.Factory()
		if f.Name != v.Name {
			t.Errorf("%s makes %s", v.Name, f.Name)
		}
		if got, ok := variant.Find(v.Name); !ok || got.Name != v.Name {
			t.Errorf("%s is not found", v.Name)
		}
	}
}

// Each habit of the subject ref is that of a variant.
func TestEveryHabitIsAVariant(t *testing.T) {
	for i := range reflect.TypeFor[ref.Habits]().NumField() {
		name := reflect.TypeFor[ref.Habits]().Field(i).Name
		if !slices.ContainsFunc(variant.All(), func(v variant.Variant) bool { return !reflect.ValueOf(v.Habits).Field(i).IsZero() }) {
			t.Errorf("no variant has the habit %s", name)
		}
	}
}

// A pair has the habits of both and the features that both leave; two habits about the same thing are no pair.
func TestPair(t *testing.T) {
	find := func(name string) variant.Variant {
		v, ok := variant.Find(name)
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		return v
	}
	v, ok := variant.Pair(find("ref-window-1"), find("ref-reconnects-after-5s"))
	if !ok {
		t.Fatal("they do not go together")
	}
	want := find("ref-reconnects-after-5s").Habits
	want.Window = 1
	if v.Habits != want {
		t.Errorf("habits %+v, want %+v", v.Habits, want)
	}
	f := v.Factory()
	if f.Name != "ref-window-1+reconnects-after-5s" {
		t.Errorf("name %s", f.Name)
	}
	if _, ok := f.Has([]spec.Feature{spec.AutoReconnect, spec.QoS2}); !ok {
		t.Errorf("features %v: auto-reconnect or qos2 is missing", f.Features)
	}
	for _, lost := range []spec.Feature{spec.SeveralInFlight, spec.ManualReconnect} {
		if _, ok := f.Has([]spec.Feature{lost}); ok {
			t.Errorf("features %v: %s is left", f.Features, lost)
		}
	}
	for _, names := range [][2]string{
		{"ref-window-1", "ref-window-2"}, {"ref-acks-late", "ref-acks-batched"}, {"ref-ids-wrap", "ref-random-ids"},
		{"ref-waits", "ref-reports-never"}, {"ref-window-1", "simple-silent"}, {"robust-reconnects-at-once", "robust-reconnects-after-5s"},
	} {
		if _, ok := variant.Pair(find(names[0]), find(names[1])); ok {
			t.Errorf("%s and %s are a pair", names[0], names[1])
		}
	}
}

// A name that no variant has is not found, and a base that there is not is an error of New.
func TestNoSuchVariant(t *testing.T) {
	if v, ok := variant.Find("ref-nothing"); ok {
		t.Errorf("found %s", v.Name)
	}
	if _, err := (variant.Variant{Name: "x", Base: "other"}).Factory().New(subject.Env{}); err == nil {
		t.Error("a subject of no base was made")
	}
}

// Each id that a variant cites is one of package spec.
func TestCitedRules(t *testing.T) {
	id := regexp.MustCompile(`MQTT-[0-9.]+-[0-9]+|[0-9.]+-(may|should|must)-[0-9]+`)
	cited := 0
	for _, v := range variant.All() {
		for _, c := range id.FindAllString(v.Allows, -1) {
			cited++
			if _, ok := spec.Lookup(c); !ok {
				t.Errorf("%s cites %s, which is no rule", v.Name, c)
			}
		}
	}
	if cited < 10 {
		t.Errorf("%d rules are cited, want 10 or more", cited)
	}
}

// Changes of packets and adapters go together as well: to the server the first of a pair changes a packet
// first, from the server last.
func TestPairOfChanges(t *testing.T) {
	find := func(name string) variant.Variant {
		v, ok := variant.Find(name)
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		return v
	}
	v, ok := variant.Pair(find("simple-ids-high"), find("simple-long-lengths"))
	if !ok {
		t.Fatal("they do not go together")
	}
	change := v.Change.Rewrite()
	out := change.Packet(fault.Packet{Dir: wire.ToServer, Data: (&wire.Publish{Topic: "t", QoS: 1, PacketID: 1}).Append(nil)})
	if want := []byte{0x32, 0x85, 0x80, 0x80, 0, 0, 1, 't', 0x80, 1}; len(out) != 1 || !bytes.Equal(out[0].Data, want) {
		t.Errorf("the subject's PUBLISH becomes %v, want %v", out, want)
	}
	in := change.Packet(fault.Packet{Dir: wire.ToClient, Data: (&wire.Puback{PacketID: 0x8001}).Append(nil)})
	if want := []byte{0x40, 2, 0, 1}; len(in) != 1 || !bytes.Equal(in[0].Data, want) {
		t.Errorf("its PUBACK becomes %v, want %v", in, want)
	}
	if v, ok := variant.Pair(find("simple-single-bytes"), find("simple-silent")); !ok || len(v.Change.Rules) != 2 {
		t.Errorf("%d rules, want those of both", len(v.Change.Rules))
	}
	if v, ok := variant.Pair(find("simple-tells-little"), find("simple-swallows")); !ok || v.Change.Wrap == nil || !v.TellsOtherwise {
		t.Errorf("%+v: want the adapters of both, and that it tells otherwise", v)
	}
	if v, ok := variant.Pair(find("robust-pieces"), find("robust-reconnects-after-5s")); !ok || v.Robust.Delay == nil {
		t.Error("the delay is lost")
	}
}
