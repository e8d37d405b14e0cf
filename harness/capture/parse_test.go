package capture_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
)

func TestParseError(t *testing.T) {
	const top = "mqtt-capture 1\n# n\n"
	const ping = "   1.000 > PINGREQ\n\tc0 00\n"
	type place struct {
		Line, Col int
		Err       error
	}
	for name, tt := range map[string]struct {
		text string
		want place
	}{
		"empty":                      {"", place{1, 1, capture.ErrHeader}},
		"missing header":             {"# n\n= conn 1\n", place{1, 1, capture.ErrHeader}},
		"version of the future":      {"mqtt-capture 2\n# n\n", place{1, 14, capture.ErrHeader}},
		"no name":                    {"mqtt-capture 1\n", place{2, 1, capture.ErrName}},
		"a record for a name":        {"mqtt-capture 1\n= conn 1\n", place{2, 1, capture.ErrName}},
		"name with a blank behind":   {"mqtt-capture 1\n# n \n", place{2, 3, capture.ErrName}},
		"name of two blanks":         {"mqtt-capture 1\n#  n\n", place{2, 3, capture.ErrName}},
		"name with one quote":        {"mqtt-capture 1\n# \"n\n", place{2, 3, capture.ErrName}},
		"name quoted for nothing":    {"mqtt-capture 1\n# \"n\"\n", place{2, 3, capture.ErrName}},
		"no line feed at the end":    {top + "= conn 1\n   0.000 * x", place{4, 13, capture.ErrLine}},
		"carriage return":            {"mqtt-capture 1\n# n\rn\n", place{2, 4, capture.ErrLine}},
		"two carriage returns":       {"mqtt-capture 1\r\r\n", place{1, 15, capture.ErrLine}},
		"blank line":                 {top + "\n", place{3, 1, capture.ErrLine}},
		"second comment":             {top + "# more\n", place{3, 1, capture.ErrLine}},
		"unknown line":               {top + "= conn 1\nhello\n", place{4, 1, capture.ErrLine}},
		"unknown kind":               {top + "= conn 1\n   0.000 ? x\n", place{4, 10, capture.ErrLine}},
		"no text":                    {top + "= conn 1\n   0.000 *\n", place{4, 1, capture.ErrLine}},
		"no connection":              {top + ping, place{3, 1, capture.ErrConn}},
		"connection without number":  {top + "= conn x\n" + ping, place{3, 8, capture.ErrConn}},
		"negative connection":        {top + "= conn -1\n" + ping, place{3, 8, capture.ErrConn}},
		"connection with zeros":      {top + "= conn 01\n" + ping, place{3, 8, capture.ErrConn}},
		"connection misspelt":        {top + "= con 1\n" + ping, place{3, 6, capture.ErrConn}},
		"same connection again":      {top + "= conn 1\n" + ping + "= conn 1\n" + ping, place{6, 8, capture.ErrConn}},
		"connection without records": {top + "= conn 1\n", place{4, 1, capture.ErrConn}},
		"two connections in a row":   {top + "= conn 1\n= conn 2\n" + ping, place{4, 1, capture.ErrConn}},
		"time of two decimals":       {top + "= conn 1\n    0.00 * x\n", place{4, 1, capture.ErrTime}},
		"time with zeros behind":     {top + "= conn 1\n  0.0000 * x\n", place{4, 1, capture.ErrTime}},
		"time of ten decimals":       {top + "= conn 1\n0.0000000001 * x\n", place{4, 1, capture.ErrTime}},
		"time in words":              {top + "= conn 1\n   noon! * x\n", place{4, 4, capture.ErrTime}},
		"time below zero":            {top + "= conn 1\n  -1.000 * x\n", place{4, 3, capture.ErrTime}},
		"time too large":             {top + "= conn 1\n99999999999.000 * x\n", place{4, 1, capture.ErrTime}},
		"time out of its columns":    {top + "= conn 1\n 0.000 * x\n", place{4, 1, capture.ErrTime}},
		"time going backwards":       {top + "= conn 1\n" + ping + "   -.--- * x\n   0.999 * x\n", place{7, 4, capture.ErrTime}},
		"event quoted for nothing":   {top + "= conn 1\n   0.000 * \"x\"\n", place{4, 12, capture.ErrText}},
		"event with a blank behind":  {top + "= conn 1\n   0.000 * x \n", place{4, 12, capture.ErrText}},
		"event with hex":             {top + "= conn 1\n   0.000 * x\n\tc0 00\n", place{5, 1, capture.ErrHex}},
		"hex first":                  {top + "\tc0 00\n", place{3, 1, capture.ErrHex}},
		"packet without hex":         {top + "= conn 1\n   0.000 > PINGREQ\n", place{4, 12, capture.ErrHex}},
		"odd digits":                 {top + "= conn 1\n   0.000 > PINGREQ\n\tc0 0\n", place{5, 6, capture.ErrHex}},
		"no digits":                  {top + "= conn 1\n   0.000 > PINGREQ\n\tc0 0g\n", place{5, 6, capture.ErrHex}},
		"upper case":                 {top + "= conn 1\n   0.000 > PINGREQ\n\tC0 00\n", place{5, 2, capture.ErrHex}},
		"no blank":                   {top + "= conn 1\n   0.000 > PINGREQ\n\tc000\n", place{5, 4, capture.ErrHex}},
		"blank behind":               {top + "= conn 1\n   0.000 > PINGREQ\n\tc0 00 \n", place{5, 8, capture.ErrHex}},
		"empty hex":                  {top + "= conn 1\n   0.000 > PINGREQ\n\t\n", place{5, 2, capture.ErrHex}},
		"short line inside":          {top + "= conn 1\n   0.000 > PINGREQ\n\tc0\n\t00\n", place{6, 1, capture.ErrHex}},
		"seventeen bytes":            {top + "= conn 1\n   0.000 > x\n\t" + strings.Repeat("00 ", 16) + "00\n", place{5, 49, capture.ErrHex}},
		"another annotation":         {top + "= conn 1\n   0.000 > PINGRESP\n\tc0 00\n", place{4, 18, capture.ErrAnnotation}},
		"annotation cut short":       {top + "= conn 1\n   0.000 > PING\n\tc0 00\n", place{4, 16, capture.ErrAnnotation}},
		"an end with hex":            {top + "= conn 1\n   0.000 > FIN\n\tc0 00\n", place{4, 12, capture.ErrAnnotation}},
		"a packet behind raw bytes":  {top + "= conn 1\n   0.000 > raw 1B\n\tc0\n" + ping, place{6, 12, capture.ErrAnnotation}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := capture.Parse("dir/x.wire", []byte(tt.text))
			var e *capture.ParseError
			if !errors.As(err, &e) {
				t.Fatalf("Parse took it; want an error at %d:%d: %v", tt.want.Line, tt.want.Col, tt.want.Err)
			}
			if diff := cmp.Diff(tt.want, place{e.Line, e.Col, e.Err}, cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) })); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if !strings.HasPrefix(err.Error(), "dir/x.wire:") {
				t.Errorf("%v: does not begin with its file", err)
			}
		})
	}
}
