package client_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wallClock lists what takes the monotonic reading from a time, or looks at what the wall clock shows. A wait that is
// measured with such times is wrong when the wall clock is set.
var wallClock = map[string]bool{
	"UTC": true, "Local": true, "In": true, "AddDate": true, "UnixNano": true, "UnixMilli": true, "UnixMicro": true,
	"AppendFormat": true, "MarshalBinary": true, "MarshalText": true, "MarshalJSON": true, "GobEncode": true,
	"Year": true, "YearDay": true, "Hour()": true, "Minute()": true, "Second()": true, "Weekday": true, "ISOWeek": true,
	"Round(0)": true, "Unix()": true, "time.Date": true, "time.Parse": true, "time.ParseInLocation": true,
}

// named is how wallClock names a call: by the name alone, with what it is called with, and with its package.
func named(call *ast.CallExpr) []string {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	names := []string{s.Sel.Name}
	if pkg, ok := s.X.(*ast.Ident); ok && pkg.Name == "time" {
		names[0] = "time." + s.Sel.Name
	}
	switch {
	case len(call.Args) == 0:
		names = append(names, s.Sel.Name+"()")
	case len(call.Args) == 1:
		if lit, ok := call.Args[0].(*ast.BasicLit); ok {
			names = append(names, s.Sel.Name+"("+lit.Value+")")
		}
	}
	return names
}

// The client measures time with readings of the monotonic clock alone: it never looks at what the wall clock shows, so
// that setting it changes nothing.
func TestNoWallClock(t *testing.T) {
	seen := 0
	for _, dir := range []string{".", "robust", "filestore"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			set := token.NewFileSet()
			parsed, err := parser.ParseFile(set, file, text, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				for _, name := range named(call) {
					if name == "time.Now" {
						seen++
					}
					if wallClock[name] {
						t.Errorf("%s: %s looks at the wall clock", set.Position(call.Pos()), name)
					}
				}
				return true
			})
		}
	}
	if seen < 10 {
		t.Errorf("time.Now is called %d times: the test looks at the wrong files", seen)
	}
}
