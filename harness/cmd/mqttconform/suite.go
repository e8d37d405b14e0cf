package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"umqtt/harness/scenario"
	"umqtt/scenarios"
)

// suite loads the scenarios of files and directories, or the built-in suite when there are none. They
// are sorted by behaviour and name. The error joins every mistake of every file.
//
// A scenario's name is its path below the directory. That of a file which is named by itself, or which
// lies in the directory itself, has its folder's name in front, so that it is the same whichever way
// the file was reached.
func suite(paths []string) ([]*scenario.Scenario, error) {
	if len(paths) == 0 {
		all, err := builtin()
		return slices.Clone(all), err
	}
	var all []*scenario.Scenario
	var errs []error
	for _, p := range paths {
		some, err := load(p)
		errs = append(errs, err)
		all = append(all, some...)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, inOrder)
	all = slices.CompactFunc(all, func(a, b *scenario.Scenario) bool { return a.Name == b.Name && same(a.File, b.File) })
	for i, sc := range all {
		if i > 0 && all[i-1].Name == sc.Name {
			errs = append(errs, fmt.Errorf("%s: the scenario is called %s, as is that of %s", sc.File, sc.Name, all[i-1].File))
		}
	}
	return all, errors.Join(errs...)
}

// builtin loads the built-in suite, once: its scenarios are the same each time.
var builtin = sync.OnceValues(func() ([]*scenario.Scenario, error) { return tree(scenarios.FS(), "scenarios", "") })

// inOrder compares by behaviour first, so that no other stands between two scenarios of one.
func inOrder(a, b *scenario.Scenario) int {
	return cmp.Or(strings.Compare(path.Dir(a.Name), path.Dir(b.Name)), strings.Compare(a.Name, b.Name))
}

func same(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// load reads one file, or all files below a directory.
func load(p string) ([]*scenario.Scenario, error) {
	info, err := os.Stat(p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file or directory (the command of a client follows --)", p)
	}
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(p)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return tree(os.DirFS(p), filepath.ToSlash(p), filepath.Base(abs))
	}
	if err := scenario.CheckName(filepath.ToSlash(p)); err != nil {
		return nil, err
	}
	b, err := readFile(p, scenario.MaxFile)
	if err != nil {
		return nil, err
	}
	all, err := scenario.ParseAll(p, b)
	if err != nil {
		return nil, err
	}
	file := strings.TrimSuffix(p, ".yaml")
	for _, sc := range all {
		sc.Name = filepath.Base(filepath.Dir(abs)) + "/" + filepath.Base(file) + strings.TrimPrefix(sc.Name, file)
	}
	return all, nil
}

// tree reads all scenarios of a file system; at is the path of its root, and folder what goes before
// the names of files that lie right in it.
func tree(fsys fs.FS, at, folder string) ([]*scenario.Scenario, error) {
	all, err := scenario.Load(fsys)
	if err != nil {
		return nil, relocate(err, at)
	}
	for _, sc := range all {
		if !strings.Contains(sc.File, "/") && folder != "" {
			sc.Name = folder + "/" + sc.Name
		}
		sc.File = path.Join(at, sc.File)
		if sc.Case.Line > 0 {
			sc.Case.File = sc.File
		}
		for st := range sc.AllSteps() {
			st.Pos.File = sc.File
			for j := range st.Or {
				st.Or[j].Pos.File = sc.File
			}
		}
	}
	slices.SortFunc(all, inOrder)
	return all, nil
}

// relocate puts the path of the root before the files of the mistakes in err.
func relocate(err error, at string) error {
	switch e := err.(type) {
	case *scenario.Error:
		moved := *e
		moved.File = path.Join(at, e.File)
		if e.Other != "" {
			moved.Other = path.Join(at, e.Other)
		}
		return &moved
	case interface{ Unwrap() []error }:
		var all []error
		for _, one := range e.Unwrap() {
			all = append(all, relocate(one, at))
		}
		return errors.Join(all...)
	}
	return fmt.Errorf("%s: %w", at, err)
}
