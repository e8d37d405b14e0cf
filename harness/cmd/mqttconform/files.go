package main

import (
	"errors"
	"io"
	"os"

	"github.com/spf13/pflag"

	"umqtt/harness/report"
)

// files are the reports of a run that go to files.
type files struct{ html, json, junit string }

// add adds the flags that name them.
func (o *files) add(f *pflag.FlagSet) {
	f.StringVar(&o.html, "html", "", "also write the results as an HTML page to `FILE`")
	f.StringVar(&o.json, "json", "", "also write the JSON report to `FILE`")
	f.StringVar(&o.junit, "junit", "", "also write a JUnit report, for CI systems, to `FILE`")
}

// reports returns the files, and how their reports are made.
func (o *files) reports(opts report.Options) []reportFile {
	return []reportFile{
		{o.html, func(w io.Writer) report.Report { return report.NewHTML(w, opts) }},
		{o.json, func(w io.Writer) report.Report { return report.NewJSON(w, opts) }},
		{o.junit, func(w io.Writer) report.Report { return report.NewJUnit(w, opts) }},
	}
}

// writable creates a directory, if need be, and reports why no file can be written there.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".mqttconform-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
