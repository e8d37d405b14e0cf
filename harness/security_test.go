package harness_test

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The limits in SECURITY.md are those of the code, and each has a test.
func TestSecurityTable(t *testing.T) {
	page, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\|[^|]*\|[^|]+\| ([^|]+) \| (harness/\S+)\.(\w+) \| (\w+) \|$`).FindAllStringSubmatch(string(page), -1)
	if lines := strings.Count(string(page), "\n| "); len(rows) < 40 || len(rows) != lines-1 {
		t.Fatalf("%d limits of %d rows are understood", len(rows), lines-1)
	}
	c := constants{}
	tests := testNames(t)
	for _, row := range rows {
		want, dir, name, test := row[1], row[2], row[3], row[4]
		got := ""
		switch v := c.value(t, dir, name); {
		case v == nil:
		case strings.HasSuffix(want, "s"): // a time
			n, _ := constant.Int64Val(v)
			got = time.Duration(n).String()
		default:
			got = v.ExactString()
		}
		if got != want {
			t.Errorf("%s.%s is %q; the page says %s", dir, name, got, want)
		}
		if !tests[test] {
			t.Errorf("%s.%s: there is no test %s", dir, name, test)
		}
	}
	for _, name := range regexp.MustCompile(`Test[A-Z]\w+`).FindAllString(string(page), -1) {
		if !tests[name] {
			t.Errorf("the page names %s, which is no test", name)
		}
	}
}

// constants has the parsed files of packages, by folder.
type constants map[string][]*ast.File

// value evaluates a constant of a package. Constants of other packages of this module stand for themselves.
func (c constants) value(t *testing.T, dir, name string) constant.Value {
	if _, ok := c[dir]; !ok {
		files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			c[dir] = append(c[dir], f)
		}
	}
	for _, f := range c[dir] {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				s := s.(*ast.ValueSpec)
				for i, id := range s.Names {
					if id.Name == name && i < len(s.Values) {
						return c.eval(t, dir, s.Values[i])
					}
				}
			}
		}
	}
	t.Errorf("%s has no constant %s", dir, name)
	return nil
}

// eval evaluates an expression in a package.
func (c constants) eval(t *testing.T, dir string, x ast.Expr) constant.Value {
	switch x := x.(type) {
	case *ast.Ident:
		return c.value(t, dir, x.Name)
	case *ast.SelectorExpr:
		pkg := x.X.(*ast.Ident).Name
		if pkg == "time" {
			d, err := time.ParseDuration(map[string]string{"Second": "1s", "Minute": "1m"}[x.Sel.Name])
			if err != nil {
				t.Errorf("%s: time.%s", dir, x.Sel.Name)
			}
			return constant.MakeInt64(int64(d))
		}
		for _, other := range []string{"harness/scenario", "harness/capture/pcap"} {
			if path.Base(other) == pkg {
				return c.value(t, other, x.Sel.Name)
			}
		}
	case *ast.BinaryExpr:
		a, b := c.eval(t, dir, x.X), c.eval(t, dir, x.Y)
		if a == nil || b == nil {
			return nil
		}
		if x.Op == token.SHL {
			n, _ := constant.Uint64Val(b)
			return constant.Shift(a, x.Op, uint(n))
		}
		return constant.BinaryOp(a, x.Op, b)
	case *ast.BasicLit:
		v, err := types.Eval(token.NewFileSet(), nil, token.NoPos, x.Value)
		if err == nil {
			return v.Value
		}
	}
	t.Errorf("%s: an expression that the test does not know: %T", dir, x)
	return nil
}

// testNames returns the names of the tests below this folder.
func testNames(t *testing.T) map[string]bool {
	names := map[string]bool{}
	decl := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, "_test.go") {
			return err
		}
		b, err := os.ReadFile(file)
		for _, m := range decl.FindAllSubmatch(b, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
