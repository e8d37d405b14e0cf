package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"umqtt/harness/report"
)

var matrixCommand = command{
	name:  "matrix",
	args:  "[flags] [NAME=]RESULTS…",
	short: "compare the results of several clients in a table",
	long: `
Reads the results of run --json for several clients, and shows the result of each rule and each scenario, with one
column for each client. NAME replaces the name of the subject. If two files have the same subject, the names of the
files are added. - is standard input.

Without --html and --markdown, it writes Markdown to standard output.

  mqttconform run --json a.json --subject simple
  mqttconform run --json b.json --subject robust
  mqttconform matrix a.json 'with retries=b.json' --html matrix.html

A scenario that fails with every client that was played is marked "all": the mistake may be in the scenario.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("matrix")
		html := flags.String("html", "", "write the matrix as a page to `FILE`")
		markdown := flags.String("markdown", "", "write the matrix as Markdown to `FILE`")
		return flags, func(args []string) (int, error) {
			if len(args) == 0 {
				return 0, usagef("matrix needs results (files that run --json wrote)")
			}
			var sources []report.Source
			for _, arg := range args {
				s, err := a.source(arg)
				if err != nil {
					return 0, err
				}
				sources = append(sources, s)
			}
			m := report.NewMatrix(sources...)
			if *html == "" && *markdown == "" {
				if err := m.Markdown(a.stdout); err != nil {
					return 0, &setupError{err}
				}
			}
			for file, write := range map[string]func(io.Writer) error{*html: m.HTML, *markdown: m.Markdown} {
				if err := writeFile(file, write); err != nil {
					return 0, &setupError{err}
				}
			}
			return exitOK, nil
		}
	},
}

// source reads the results that an argument of matrix names.
func (a app) source(arg string) (report.Source, error) {
	name, file, named := strings.Cut(arg, "=")
	if _, err := os.Stat(arg); !named || err == nil {
		name, file = "", arg
	}
	read := func() ([]byte, error) { return readResultsFile(file) }
	if file == "-" {
		file, read = "stdin", func() ([]byte, error) { return readResults(a.stdin, "stdin") }
	}
	b, err := read()
	if err != nil {
		return report.Source{}, err
	}
	d, err := report.ParseDocument(b)
	if err != nil {
		return report.Source{}, fmt.Errorf("%s: %w", file, err)
	}
	return report.Source{Name: name, File: file, Document: d}, nil
}

// writeFile creates a file and has it written; one without a name is none.
func writeFile(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	err = write(f)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
