package scenario

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
)

// Load reads every scenario below fsys, sorted by name: all files that end in .yaml, except those in directories
// called testdata or with a leading dot or underscore. Each case of a table is a scenario. [AliasesFile], if it
// exists, has former names. Load fails with any mistake in any file, without any scenario, with a file name that
// [CheckName] refuses, with two scenarios of the same name, and with two scenarios that have the same steps and
// header (apart from titles, levels, profiles, reasons, covers and notes). The error joins all mistakes.
func Load(fsys fs.FS) ([]*Scenario, error) {
	var all []*Scenario
	var errs []error
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (d.Name() == "testdata" || strings.ContainsAny(d.Name()[:1], "._")):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".yaml" && path.Ext(name) != ".yml":
			return nil
		}
		if err := CheckName(name); err != nil {
			errs = append(errs, err)
			return nil
		}
		b, err := readFile(fsys, name)
		if err != nil {
			return err
		}
		some, err := ParseAll(name, b)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		all = append(all, some...)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("scenario: %w", err)
	}
	if len(all) == 0 && len(errs) == 0 {
		return nil, errors.New("scenario: no .yaml file")
	}
	slices.SortStableFunc(all, func(a, b *Scenario) int { return strings.Compare(a.Name, b.Name) })
	errs = append(errs, duplicates(all)...)
	if errs = append(errs, alias(fsys, all)...); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return all, nil
}

// readFile reads a file, or as much of it as shows that it is too large.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxFile+1))
}

// CheckName checks the last part of a file's path, which gives the name of its scenario: lower case letters and
// digits, with single dashes between them, followed by .yaml. The error is an *Error.
func CheckName(file string) error {
	name, ok := strings.CutSuffix(path.Base(file), ".yaml")
	msg := ""
	switch {
	case !ok:
		msg = "the name of a scenario ends in .yaml"
	case !caseNameForm.MatchString(name):
		msg = fmt.Sprintf("%q is not a valid name of a scenario; want lower case letters and digits, with single dashes between them", name)
	default:
		return nil
	}
	return &Error{File: file, Line: 1, Col: 1, Msg: msg}
}

// duplicates returns an error for each scenario that has the name of one before it, or plays what it plays.
func duplicates(all []*Scenario) []error {
	var errs []error
	alike := map[string][]*Scenario{} // by their verbs: only those can be the same
	for i, s := range all {
		refuse := func(format string, args ...any) {
			at := s.Case
			if at == (Pos{}) {
				at = s.Steps[0].Pos
			}
			errs = append(errs, &Error{File: s.File, Line: at.Line, Col: at.Col, Msg: fmt.Sprintf(format, args...)})
		}
		if i > 0 && all[i-1].Name == s.Name {
			refuse("the scenario is called %s, as is that of %s", s.Name, all[i-1].File)
		}
		var verbs strings.Builder
		for st := range s.AllSteps() {
			verbs.WriteString(st.Key)
			verbs.WriteByte('\n')
		}
		first := 0
		for _, o := range alike[verbs.String()] {
			if !sameArgs(s, o, &first) {
				continue
			}
			if reflect.DeepEqual(s.essence(), o.essence()) {
				refuse("the same header and steps as %s; add what differs, or leave one out", o.where())
				errs[len(errs)-1].(*Error).Other = o.File
				break
			}
		}
		alike[verbs.String()] = append(alike[verbs.String()], s)
	}
	return errs
}

// sameArgs reports whether two scenarios of the same verbs have the same arguments. It looks at step first before
// the others, and sets it to where they differ: the cases of a table differ in the same steps.
func sameArgs(a, b *Scenario, first *int) bool {
	for i := range a.Steps {
		i = (i + *first) % len(a.Steps)
		if !reflect.DeepEqual(a.Steps[i].Args, b.Steps[i].Args) {
			*first = i
			return false
		}
	}
	return true
}

// where names the file of s, and its case in there.
func (s *Scenario) where() string {
	if s.Case == (Pos{}) {
		return s.File
	}
	return fmt.Sprintf("%s, case %s", s.File, path.Base(s.Name))
}

// essence returns what s plays, without names, positions and what is for readers and reports.
func (s *Scenario) essence() Scenario {
	e := *s
	e.Case, e.Aliases = Pos{}, nil
	e.Name, e.File, e.Title, e.Reason, e.Note, e.Level, e.Why, e.Profile, e.Covers, e.Tags = "", "", "", "", "", "", "", "", nil, nil
	e.Needs, e.Allow = slices.Sorted(slices.Values(s.Needs)), slices.Sorted(slices.Values(s.Allow))
	e.Steps = bare(s.Steps)
	return e
}

// bare returns steps without positions and notes.
func bare(steps []Step) []Step {
	steps = slices.Clone(steps)
	for i := range steps {
		steps[i].Pos, steps[i].Note = Pos{}, ""
		steps[i].Or, steps[i].Steps = bare(steps[i].Or), bare(steps[i].Steps)
	}
	return steps
}
