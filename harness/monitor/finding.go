package monitor

import (
	"fmt"
	"slices"
)

// A ref is a record that a message names, by its index.
type ref int

// String returns "record 3".
func (r ref) String() string { return fmt.Sprintf("record %d", int(r)) }

// report adds a finding at a record. The refs among args are the records that the message names.
func (k *checker) report(m Monitor, conn, at int, format string, args ...any) {
	records := []int{at}
	for _, a := range args {
		if r, ok := a.(ref); ok {
			records = append(records, int(r))
		}
	}
	slices.Sort(records)
	k.findings = append(k.findings, Finding{
		Monitor: m.Name, ID: m.ID, Level: m.Level, Timed: m.Timed, Record: at, Records: slices.Compact(records), Conn: conn,
		Message: fmt.Sprintf(format, args...),
	})
}

func (k *checker) reportStep(m Monitor, s *step, format string, args ...any) {
	k.report(m, s.link.num, s.at, format, args...)
}
