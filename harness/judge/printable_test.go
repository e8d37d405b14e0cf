package judge

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPrintable(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"plain, ünïcode and 日本", "plain, ünïcode and 日本"},
		{"\x1b[31mred", `\x1b[31mred`},
		{"one\ntwo\ttabs\r", `one\ntwo\ttabs\r`},
		{"a\x00b\x7f", `a\x00b\x7f`},
		{"bad \xff\xc0 bytes", `bad \xff\xc0 bytes`},
		{"\x80\x9f\xa0", `\x80\x9f\xa0`},
		{"\u202eturned", `\u202eturned`},
		{"\ufeffmark and \ufffd", `\ufeffmark and ` + "\ufffd"},
		{`C:\dir`, `C:\dir`},
	} {
		if got := Printable(tt.in); got != tt.want {
			t.Errorf("Printable(%q) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestPrintableLines(t *testing.T) {
	want := []string{"goroutine 7 [running]:", `    a.go:3\x1b`, ""}
	if diff := cmp.Diff(want, printableLines("goroutine 7 [running]:\n\ta.go:3\x1b\r\n\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A character that does not print is escaped where it stands, and what stands around it is kept.
func TestPrintableJSON(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"{\n\"a\": \"ü\"}\n", "{\n\"a\": \"ü\"}\n"},
		{"\u202ea", `\u202ea`},
		{"ab\u0085cd\u009be\n", `ab\u0085cd\u009be` + "\n"},
		{"é\U000e0001é", `é\udb40\udc01é`},
	} {
		if got := string(PrintableJSON([]byte(tt.in))); got != tt.want {
			t.Errorf("PrintableJSON(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
