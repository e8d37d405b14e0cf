package spec

import "strings"

// Section returns the section of the standard that contains the statement or clause, such as 4.4 or 3.1.2.10.
// It returns "" for a promise.
func (r Rule) Section() string {
	switch r.Kind {
	case Statement:
		number := strings.TrimPrefix(r.ID, "MQTT-")
		number, _, _ = strings.Cut(number, "-")
		return strings.TrimSuffix(number, ".0")
	case Clause:
		section, _, _ := strings.Cut(r.ID, "-")
		return section
	}
	return ""
}
