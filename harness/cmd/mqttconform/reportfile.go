package main

import (
	"io"
	"os"

	"umqtt/harness/judge"
	"umqtt/harness/report"
)

// A reportFile is a file that a report is written to, and how it is made. A file without a name is none.
type reportFile struct {
	name string
	make func(io.Writer) report.Report
}

// openReports creates the files before anything is played, so that one that cannot be written is noticed at
// once.
func openReports(files []reportFile) ([]report.Report, error) {
	var all []report.Report
	for _, file := range files {
		if file.name == "" {
			continue
		}
		f, err := os.Create(file.name)
		if err != nil {
			return nil, err
		}
		all = append(all, &filed{file.make(f), f})
	}
	return all, nil
}

// filed is a report whose file is closed when it ends.
type filed struct {
	report report.Report
	file   *os.File
}

func (f *filed) Add(res *judge.Result) { f.report.Add(res) }

func (f *filed) End(interrupted bool) error {
	err := f.report.End(interrupted)
	if e := f.file.Close(); err == nil {
		err = e
	}
	return err
}
