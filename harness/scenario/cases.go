package scenario

import (
	"regexp"

	"go.yaml.in/yaml/v4"
)

// CaseNamePattern is the form of a case's name, which is the last part of its scenario's name.
const CaseNamePattern = `[a-z0-9]+(-[a-z0-9]+)*`

var caseNameForm = regexp.MustCompile(`^` + CaseNamePattern + `$`)

// caseFields are what a case may say.
func caseFields() []Field {
	return []Field{
		{Name: "title", Kind: KindText, Doc: "the title of this case, in place of the header's"},
		{Name: "covers", Kind: KindRules, Empty: true, Doc: "what this case covers, in place of the header's"},
		{Name: "note", Kind: KindText, Doc: "for the reader, in place of the header's"},
		{Name: "with", Kind: KindValues, Required: true, Doc: "the variables of the table, without $, and their values in this case"},
	}
}

// A row is one case of a table.
type row struct {
	name string
	key  *yaml.Node            // the name
	args Args                  // title, covers and note, where they are right
	at   map[string]*yaml.Node // of what the case says, right or wrong
	vars []*yaml.Node          // names of its variables, in the order of the file
	with map[string]*yaml.Node // their values
}

// table reads the cases of a file. It returns false where the file has none.
func (p *parser) table(root *yaml.Node) ([]*row, bool) {
	n := find(root, "cases")
	if n == nil {
		return nil, false
	}
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		p.errorf(n, "cases: want a mapping such as {one: {with: {code: 1}}, two: {with: {code: 2}}}, not %s", describe(n))
		return nil, true
	}
	var rows []*row
	seen := map[string]int{}
	for i := 0; i < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode:
			p.errorf(key, "cases: a case's name is a word, not %s", describe(key))
			continue
		case seen[key.Value] != 0:
			p.errorf(key, "cases: %s is given twice; first at line %d", key.Value, seen[key.Value])
			continue
		case key.ShortTag() != "!!str": // 80 and true are no keys of a JSON object, which editors see in it
			p.errorf(key, "cases: %s is not a word; name the case by what it is about", key.Value)
		case !caseNameForm.MatchString(key.Value):
			p.errorf(key, "cases: %q is not a valid name of a case; want lower case letters and digits, with single dashes between them", key.Value)
		}
		seen[key.Value] = key.Line
		rows = append(rows, p.row(key, val))
	}
	p.compare(rows)
	return rows, true
}

// row reads one case.
func (p *parser) row(key, val *yaml.Node) *row {
	r := &row{name: key.Value, key: key, with: map[string]*yaml.Node{}}
	path := "cases." + r.name
	r.args, r.at = p.object(val, path, path+".", caseFields())
	n := r.at["with"]
	if n == nil {
		return r
	}
	path += ".with"
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		p.errorf(n, "%s: want a mapping of variables to values such as {code: 1}, not %s", path, describe(n))
		return r
	}
	for i := 0; i < len(n.Content); i += 2 {
		name, v := n.Content[i], n.Content[i+1]
		switch {
		case name.Kind != yaml.ScalarNode:
			p.errorf(name, "%s: a variable's name is a word, not %s", path, describe(name))
		case variableForm.MatchString(name.Value):
			p.errorf(name, "%s: the name of %s is written without its $ here", path, name.Value)
		case !variableForm.MatchString("$" + name.Value):
			p.errorf(name, "%s: %q is not a valid name of a variable; want a lower case letter, then lower case letters, digits and underscores", path, name.Value)
		case r.with[name.Value] != nil:
			p.errorf(name, "%s: %s is given twice; first at line %d", path, name.Value, r.with[name.Value].Line)
		default:
			r.vars = append(r.vars, name)
			r.with[name.Value] = v
		}
	}
	for _, name := range r.vars {
		p.written(r.with[name.Value], path+"."+name.Value, r)
	}
	return r
}

// written refuses a value that is a variable of the table itself.
func (p *parser) written(n *yaml.Node, path string, r *row) {
	if name, ok := variableIn(n); ok && r.with[name] != nil {
		p.errorf(n, "%s: $%s is a variable of the table; write its value out", path, name)
	}
	for _, c := range n.Content {
		p.written(c, path, r)
	}
}

// model returns the first case with variables, which the others must have too.
func model(rows []*row) *row {
	for _, r := range rows {
		if len(r.vars) > 0 {
			return r
		}
	}
	return &row{}
}

// compare checks that the cases have the same variables.
func (p *parser) compare(rows []*row) {
	first := model(rows)
	var names []string
	for _, v := range first.vars {
		names = append(names, v.Value)
	}
	for _, r := range rows {
		if len(r.vars) == 0 { // a mistake that is noted already
			continue
		}
		for _, v := range r.vars {
			if first.with[v.Value] == nil {
				p.errorf(v, "cases.%s.with: the first case, %s, has no variable %q%s", r.name, first.name, v.Value, suggest(v.Value, names))
			}
		}
		for _, name := range names {
			if r.with[name] == nil {
				p.errorf(r.key, "cases.%s lacks the variable %s, which %s has", r.name, name, first.name)
			}
		}
	}
}

// override puts what a case says in place of what the header says.
func (r *row) override(args Args, at map[string]*yaml.Node) {
	for _, name := range []string{"title", "covers", "note"} {
		if n := r.at[name]; n != nil {
			at[name], args[name] = n, r.args[name]
		}
	}
}

// unused notes the variables of the table that nothing in the script uses.
func (p *parser) unused(first *row, used map[string]bool) {
	for _, v := range first.vars {
		if !used[v.Value] {
			p.errorf(v, "cases.%s.with: no step and no option of the client uses $%s", first.name, v.Value)
		}
	}
}

// find returns the value of a key of a mapping, or nil.
func find(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(n.Content); i += 2 {
		if k := n.Content[i]; k.Kind == yaml.ScalarNode && k.Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// variableIn returns the name of the variable that a node is.
func variableIn(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Style != 0 || !variableForm.MatchString(n.Value) {
		return "", false
	}
	return n.Value[1:], true
}

// cases reads the scenario once for each case. A mistake in the table itself leaves variables that may
// have stood for anything.
func (p *parser) cases(root *yaml.Node, rows []*row) []*Scenario {
	var all []*Scenario
	used := map[string]bool{}
	found := &findings{parser: p}
	broken := len(p.errs) > 0
	var tabled []string
	for _, v := range model(rows).vars {
		tabled = append(tabled, "$"+v.Value)
	}
	left := maxNodes
	for _, r := range rows {
		q := &parser{file: p.file, uses: map[*yaml.Node]use{}, tabled: tabled, broken: broken}
		f := &filler{with: r.with, uses: q.uses, used: used, left: &left}
		filled := f.file(root)
		if left < 0 {
			p.errorf(r.key, "cases: the values that stand in place of variables are more than %d up to here, all cases together", maxNodes)
			return nil
		}
		all = append(all, q.scenario(filled, r))
		found.add(r, q)
	}
	if len(rows) == 0 {
		q := &parser{file: p.file, broken: true}
		q.scenario(root, nil)
		found.add(nil, q)
	}
	found.report()
	p.unused(model(rows), used)
	return all
}
