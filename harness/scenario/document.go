package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"umqtt/harness/transport"
)

// parser collects the mistakes of one file.
type parser struct {
	file   string
	errs   []*Error
	client map[string]*yaml.Node // fields of the header's client

	transport transport.Kind // of the scenario that is read

	uses    map[*yaml.Node]use // nodes that stand in place of a variable of the table
	values  map[*Error]bool    // mistakes at such nodes
	tabled  []string           // the variables of the table, with their $
	payload int                // bytes of the payloads that are made so far
	rounds  int                // of the repeat whose steps are read; 0 outside of one
	broken  bool               // the table has mistakes: nothing is said of what a variable may have stood for
}

// errorf notes a mistake at the beginning of n. One in a value of a case says where it is used.
func (p *parser) errorf(n *yaml.Node, format string, args ...any) {
	u, ok := p.uses[n]
	if !ok {
		p.errorAt(n.Line, n.Column, format, args...)
		return
	}
	p.errorAt(n.Line, n.Column, "%s (%s of %s at %d:%d)", fmt.Sprintf(format, args...), u.name, u.by, u.line, u.col)
	if p.values == nil {
		p.values = map[*Error]bool{}
	}
	p.values[p.errs[len(p.errs)-1]] = true
}

func (p *parser) errorAt(line, col int, format string, args ...any) {
	p.errs = append(p.errs, &Error{File: p.file, Line: line, Col: col, Msg: fmt.Sprintf(format, args...)})
}

// pos is where n begins.
func (p *parser) pos(n *yaml.Node) Pos { return Pos{File: p.file, Line: n.Line, Col: n.Column} }

// document returns the one document of a file, or nil and a mistake.
func (p *parser) document(b []byte) *yaml.Node {
	if len(b) > MaxFile {
		p.errorAt(1, 1, "the file has more than %d bytes", MaxFile)
		return nil
	}
	if !p.readable(b) {
		return nil
	}
	if n := marks(b); n > maxMarks {
		p.errorAt(1, 1, "the file has %d line ends, commas, colons and brackets; a scenario has at most %d", n, maxMarks)
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(b))
	if err != nil {
		p.errorAt(1, 1, "%v", err)
		return nil
	}
	var doc, more yaml.Node
	if err := loader.Load(&doc); errors.Is(err, io.EOF) {
		p.errorAt(1, 1, "the file is empty; a scenario is a mapping that begins with title")
		return nil
	} else if err != nil {
		p.syntax(b, err)
		return nil
	}
	if err := loader.Load(&more); err == nil {
		p.errorf(&more, "a second document; a file holds one scenario")
	} else if !errors.Is(err, io.EOF) {
		p.syntax(b, err)
	}
	p.plain(&doc)
	if len(p.errs) > 0 || len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

// marks counts the bytes that can begin or end a value of YAML. A node takes a hundred times the memory of its text.
func marks(b []byte) int {
	n := 0
	for _, c := range b {
		switch c {
		case '\n', ',', ':', '[', '{', '-', '?':
			n++
		}
	}
	return n
}

// readable refuses what an editor does not show: wrong line ends, bytes that are no text.
func (p *parser) readable(b []byte) bool {
	line, col := 1, 1
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			p.errorAt(line, col, "byte %#02x is not UTF-8", b[i])
		case r == '\r' && bytes.HasPrefix(b[i:], []byte("\r\n")):
		case r == '\r':
			p.errorAt(line, col, "carriage return alone; lines end in LF or CRLF")
		case r < ' ' && r != '\n' && r != '\t', r == 0x7f:
			p.errorAt(line, col, "control character %U; write it as an escape in double quotes", r)
		}
		if len(p.errs) > 0 {
			return false
		}
		if col++; r == '\n' {
			line, col = line+1, 1
		}
		i += n
	}
	return true
}

// syntax notes what the YAML parser says. A tab in the indentation, which it reports in its own words
// and sometimes in another place, is named.
func (p *parser) syntax(b []byte, err error) {
	line := 0
	for text := range strings.Lines(string(b)) {
		line++
		indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
		if tab := strings.IndexByte(indent, '\t'); tab >= 0 {
			p.errorAt(line, tab+1, "tab in the indentation; use spaces")
			return
		}
	}
	var at *yaml.LoadError
	if !errors.As(err, &at) || at.Mark.Line == 0 {
		p.errorAt(1, 1, "not YAML: %v", err)
		return
	}
	mark, msg := at.Mark, at.Message
	if strings.HasSuffix(msg, "end of stream") && at.ContextMark.Line > 0 {
		mark = at.ContextMark // what has no end, not the end of the file
	}
	if at.ContextMsg != "" && at.ContextMark.Line > 0 {
		msg += fmt.Sprintf(" (%s that begins at %d:%d)", at.ContextMsg, at.ContextMark.Line, at.ContextMark.Column)
	}
	p.errorAt(mark.Line, max(mark.Column, 1), "not YAML: %s", msg)
}

// plain refuses what makes a script less linear than it looks.
func (p *parser) plain(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		p.errorf(n, "alias *%s; write the value out", n.Value)
		return
	case n.Anchor != "":
		p.errorf(n, "anchor &%s; write the value out where it is used", n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		p.errorf(n, "tag %s; a value's kind is known from its field", n.Tag)
	}
	for _, c := range n.Content {
		p.plain(c)
	}
}
