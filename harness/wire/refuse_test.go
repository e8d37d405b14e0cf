package wire_test

import (
	"encoding/hex"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"umqtt/harness/spec"
	"umqtt/harness/wire"

	"github.com/google/go-cmp/cmp"
)

// refusal is a frame that Decode refuses, and where it says why. A frame is written in words: hex bytes,
// and quoted text that stands for its bytes without a length.
type refusal struct {
	reason string
	frame  string
	id     string
	also   []string
	offset int
}

// refusals are the tables of the files beside this one.
var refusals = slices.Concat(headerRefusals, ackRefusals, connectRefusals, connackRefusals, publishRefusals, subscribeRefusals)

func TestRefuse(t *testing.T) {
	for _, tt := range refusals {
		frame := frameOf(t, tt.frame)
		p, err := wire.Decode(frame)
		v, ok := err.(*wire.Violation)
		if !ok {
			t.Errorf("%s: %s is accepted: %#v", tt.reason, tt.frame, p)
			continue
		}
		if p != nil {
			t.Errorf("%s: a packet beside the error: %#v", tt.reason, p)
		}
		typ := wire.TypeOf(frame)
		if typ > wire.DISCONNECT {
			typ = 0
		}
		want := &wire.Violation{ID: tt.id, Also: tt.also, Packet: typ, Offset: tt.offset, Found: v.Found}
		if diff := cmp.Diff(want, v); diff != "" {
			t.Errorf("%s: %s (-want +got)\n%s", tt.reason, tt.frame, diff)
		}
		if v.Found == "" || strings.ContainsAny(v.Found, "\n\r") {
			t.Errorf("%s: found %q is not one line", tt.reason, v.Found)
		}
	}
}

// Each id in the code is known to spec and has its row above, and the rows name no others.
func TestEveryRuleHasARefusal(t *testing.T) {
	// These come up elsewhere: TestDecodeFrom and TestFramerRefuses look at them.
	tested := map[string]bool{"2.2.1-must-2": true, "4.8-may-1": true}
	for _, tt := range refusals {
		tested[tt.id] = true
		for _, id := range tt.also {
			tested[id] = true
		}
	}
	cited := idsInCode(t)
	for id, where := range cited {
		if _, ok := spec.Lookup(id); !ok {
			t.Errorf("%v: %s is not in spec; nearest is %q", where, id, spec.Nearest(id))
		}
		if !tested[id] {
			t.Errorf("%v: no test refuses a frame for %s", where, id)
		}
	}
	for id := range tested {
		if _, ok := cited[id]; !ok {
			t.Errorf("%s is in a test and nowhere in the code", id)
		}
	}
}

// idsInCode returns the string literals of this package's code that look like the id of a rule.
func idsInCode(t *testing.T) map[string]token.Position {
	t.Helper()
	looks := regexp.MustCompile(`^(MQTT-.*|[0-9]+(\.[0-9]+)+-[a-z]+-[0-9]+)$`)
	ids := make(map[string]token.Position)
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && looks.MatchString(s) {
					ids[s] = set.Position(lit.Pos())
				}
			}
			return true
		})
	}
	return ids
}

// frameOf turns the words of a frame into its bytes.
func frameOf(t *testing.T, words string) []byte {
	t.Helper()
	var frame []byte
	for word := range strings.FieldsSeq(words) {
		if text, err := strconv.Unquote(word); err == nil {
			frame = append(frame, text...)
			continue
		}
		b, err := hex.DecodeString(word)
		if err != nil {
			t.Fatalf("%q in %q: %v", word, words, err)
		}
		frame = append(frame, b...)
	}
	return frame
}
