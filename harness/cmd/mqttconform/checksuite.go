package main

import (
	"errors"
	"os"
	"path/filepath"

	"umqtt/harness/scenario"
)

// keepsSuite checks scenarios that lie in suites by the rules that a suite has for its files.
func keepsSuite(all []*scenario.Scenario) error {
	checked := map[string]string{} // what the file was called, by its absolute path
	var roots []string
	for _, sc := range all {
		abs, err := filepath.Abs(sc.File)
		if err != nil {
			return err
		}
		if _, ok := checked[abs]; ok {
			continue
		}
		checked[abs] = sc.File
		if root := suiteOf(abs); root != "" && (len(roots) == 0 || roots[len(roots)-1] != root) {
			roots = append(roots, root)
		}
	}
	var errs []error
	done := map[string]bool{}
	for _, root := range roots {
		if done[root] {
			continue
		}
		done[root] = true
		fsys := os.DirFS(root)
		whole, err := scenario.Load(fsys)
		if err == nil {
			err = scenario.CheckSuite(fsys, whole)
		}
		errs = append(errs, among(relocate(err, filepath.ToSlash(root)), checked)...)
	}
	return errors.Join(errs...)
}

// suiteOf returns the nearest folder above a file that has the schema of a suite, or "".
func suiteOf(file string) string {
	for dir := filepath.Dir(file); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, scenario.SchemaFile)); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// among returns the mistakes in the files that are checked, under the names by which they were given.
func among(err error, checked map[string]string) []error {
	switch e := err.(type) {
	case *scenario.Error:
		name, ok := checked[filepath.FromSlash(e.File)]
		if !ok && e.Other != "" {
			name, ok = checked[filepath.FromSlash(e.Other)]
			e = &scenario.Error{Line: 1, Col: 1, Msg: "the same header and steps as " + e.File + "; add what differs, or leave one out"}
		}
		if !ok {
			return nil
		}
		named := *e
		named.File = filepath.ToSlash(name)
		return []error{&named}
	case interface{ Unwrap() []error }:
		var all []error
		for _, one := range e.Unwrap() {
			all = append(all, among(one, checked)...)
		}
		return all
	}
	return nil // of no file that is checked
}
