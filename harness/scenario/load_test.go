package scenario

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const header = "title: x\nlevel: may\npeer: script\n"

func tree(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestLoad(t *testing.T) {
	got, err := Load(tree(map[string]string{
		"b/two.yaml":            header + "steps: [{wait: 2s}]\n",
		"a/one.yaml":            header + "steps: [{wait: 1s}]\n",
		"a-one.yaml":            header + "steps: [{wait: 3s}]\n",
		"a/table.yaml":          header + "cases: {one: {with: {n: 4s}}, another: {with: {n: 5s}}}\nsteps: [{wait: $n}]\n",
		"a/readme.md":           "no scenario",
		"testdata/x/wrong.yaml": "no scenario",
		".hidden/wrong.yaml":    "no scenario",
		"_old/wrong.yaml":       "no scenario",
	}))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range got {
		names = append(names, s.Name)
	}
	if diff := cmp.Diff([]string{"a-one", "a/one", "a/table/another", "a/table/one", "b/two"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestLoadRefuses(t *testing.T) {
	one := header + "steps:\n  - expect PUBLISH: {topic: t}\n  - wait: 1s\n"
	for _, test := range []struct {
		reason string
		files  map[string]string
		want   string
	}{
		{"an empty tree", map[string]string{"a/readme.md": ""}, "scenario: no .yaml file"},
		{"another ending", map[string]string{"a/b.yml": one}, "a/b.yml:1:1: the name of a scenario ends in .yaml"},
		{"a name in upper case", map[string]string{"a/My_case.yaml": one}, `a/My_case.yaml:1:1: "My_case" is not a valid name of a scenario; want lower case letters and digits, with single dashes between them`},
		{"every file with mistakes", map[string]string{"b/y.yaml": header, "a/x.yaml": header + "steps: []\n", "a/z.yaml": one},
			"a/x.yaml:4:8: steps: want a list of steps, not an empty list\n" +
				"b/y.yaml:1:1: a scenario needs steps: the script, one step a line"},
		{"a scenario twice", map[string]string{"a/x.yaml": one, "b/y.yaml": strings.Replace(one, "title: x\nlevel: may", "title: another\nnote: n\ntags: [smoke]\nlevel: policy\nprofile: umqtt\ncovers: [MQTT-4.4.0-1]", 1)},
			"b/y.yaml:9:5: the same header and steps as a/x.yaml; add what differs, or leave one out"},
		{"a scenario with its needs turned round", map[string]string{"a/x.yaml": "needs: [qos1, qos2]\n" + one, "a/y.yaml": "needs: [qos2, qos1]\n" + one},
			"a/y.yaml:6:5: the same header and steps as a/x.yaml; add what differs, or leave one out"},
		{"the same alternatives", map[string]string{"a/x.yaml": header + "steps: [{expect PUBACK: , or: [{expect close: }]}]\n", "a/y.yaml": header + "steps:\n  - expect PUBACK:\n    or: [expect close: ]\n"},
			"a/y.yaml:5:5: the same header and steps as a/x.yaml; add what differs, or leave one out"},
		{"a case that plays what another plays", map[string]string{"a/x.yaml": header + "cases: {one: {with: {n: 1}}, two: {with: {n: 0x01}}}\nsteps: [{fault refuse: $n}]\n"},
			"a/x.yaml:4:30: the same header and steps as a/x.yaml, case one; add what differs, or leave one out"},
		{"a case that plays what a file plays", map[string]string{"a/x.yaml": header + "cases: {one: {with: {n: 1s}}}\nsteps: [{wait: $n}]\n", "a/y.yaml": header + "steps: [{wait: 1s}]\n"},
			"a/y.yaml:4:10: the same header and steps as a/x.yaml, case one; add what differs, or leave one out"},
		{"a case with the name of a file", map[string]string{"a/x.yaml": header + "cases: {one: {with: {n: 1s}}}\nsteps: [{wait: $n}]\n", "a/x/one.yaml": header + "steps: [{wait: 2s}]\n"},
			"a/x.yaml:4:9: the scenario is called a/x/one, as is that of a/x/one.yaml"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			got, err := Load(tree(test.files))
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if got != nil {
				t.Errorf("%d scenarios beside an error", len(got))
			}
		})
	}
}

// Whatever changes the play is no duplicate.
func TestLoadNearDuplicates(t *testing.T) {
	steps := "steps:\n  - expect PUBLISH: {topic: t, packet_id: $a}\n"
	files := map[string]string{"a/0.yaml": header + steps}
	for name, text := range map[string]string{
		"peer":      strings.Replace(header, "script", "broker", 1) + steps,
		"needs":     header + "needs: [qos1]\n" + steps,
		"allow":     header + "allow: [PINGREQ]\n" + steps,
		"client":    header + "client: {client_id: c2}\n" + steps,
		"user":      header + "needs: [credentials]\nclient: {username: u}\n" + steps,
		"other":     header + "needs: [credentials]\nclient: {username: v}\n" + steps,
		"world":     header + "world: real\nreason: r\n" + steps,
		"variable":  header + strings.Replace(steps, "$a", "5", 1),
		"given":     header + steps + "    given: true\n",
		"within":    header + steps + "    within: 1s\n",
		"either":    header + steps + "    or: [expect close: ]\n",
		"otherwise": header + steps + "    or: [expect close: {how: fin}]\n",
		"optional":  header + steps + "    optional: true\n",
		"longer":    header + steps + "  - wait: 1s\n",
	} {
		files["a/"+name+".yaml"] = text
	}
	if _, err := Load(tree(files)); err != nil {
		t.Error(err)
	}
}

// A tool can take the mistakes apart.
func TestErrorFields(t *testing.T) {
	_, err := Load(tree(map[string]string{"a/x.yaml": header + "steps: []\n"}))
	var e *Error
	if !errors.As(err, &e) || e.File != "a/x.yaml" || e.Line != 4 || e.Col != 8 || !strings.HasPrefix(e.Msg, "steps: ") {
		t.Errorf("got %#v", e)
	}
}
