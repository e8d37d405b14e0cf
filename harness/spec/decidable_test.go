package spec

import "testing"

// The numbers are the denominators of every report.
func TestDecidable(t *testing.T) {
	decidable, reasons := 0, 0
	for _, r := range Statements() {
		if r.Decidable() != (r.Undecided() == "") {
			t.Errorf("%s: decidable %t, and why not: %q", r.ID, r.Decidable(), r.Undecided())
		}
		if r.Decidable() {
			decidable++
		}
		if r.Uncovered() != "" {
			reasons++
		}
	}
	if decidable != 64 {
		t.Errorf("%d statements are decidable, want 64", decidable)
	}
	if reasons != len(uncovered) {
		t.Errorf("%d reasons are of statements, of %d", reasons, len(uncovered))
	}
}
