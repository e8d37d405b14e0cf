package spec_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/spec"
)

// A word of a closed list: its constant, its text, and its meaning as go doc shows it.
type word struct{ Constant, Text, Doc string }

// constants returns the constants of a type that a file declares, in their order.
func constants(t *testing.T, file, typ string) []word {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var words []word
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := v.Type.(*ast.Ident); !ok || id.Name != typ {
			return true
		}
		text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		words = append(words, word{v.Names[0].Name, text, strings.Join(strings.Fields(v.Doc.Text()), " ")})
		return true
	})
	return words
}

// What go doc shows of each feature is what the table says, which reports and the manual show.
func TestFeatureComments(t *testing.T) {
	words := constants(t, "feature.go", "Feature")
	var want []word
	for i, f := range spec.Features() {
		if i == len(words) {
			t.Fatalf("%d features, %d constants", len(spec.Features()), len(words))
		}
		want = append(want, word{words[i].Constant, string(f.Name), words[i].Constant + ": the client " + f.Doc + "."})
	}
	if diff := cmp.Diff(want, words); diff != "" {
		t.Errorf("features (-table +constants):\n%s", diff)
	}
}

// The same of the profiles.
func TestProfileComments(t *testing.T) {
	words := constants(t, "profile.go", "Profile")
	var want []word
	for i, p := range spec.Profiles() {
		if i == len(words) {
			t.Fatalf("%d profiles, %d constants", len(spec.Profiles()), len(words))
		}
		want = append(want, word{words[i].Constant, string(p.Name), words[i].Constant + ": " + p.Doc + "."})
	}
	if diff := cmp.Diff(want, words); diff != "" {
		t.Errorf("profiles (-table +constants):\n%s", diff)
	}
}

// The words of the lists are short, different, and written alike.
func TestWords(t *testing.T) {
	form := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	check := func(name, doc string) {
		if !form.MatchString(name) || len(name) > 24 || seen[name] {
			t.Errorf("%q is no name of its own in lower case with dashes, of at most 24 letters", name)
		}
		if seen[name] = true; doc == "" || strings.HasSuffix(doc, ".") {
			t.Errorf("%s: %q is no sentence without its full stop", name, doc)
		}
	}
	for _, f := range spec.Features() {
		check(string(f.Name), f.Doc)
	}
	for _, p := range spec.Profiles() {
		check(string(p.Name), p.Doc)
	}
}
