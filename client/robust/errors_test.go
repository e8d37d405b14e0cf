package robust_test

import (
	"errors"
	"io"
	"testing"

	"umqtt/client/robust"
)

func TestErrorTexts(t *testing.T) {
	for _, test := range []struct {
		err  error
		is   error
		want string
	}{
		{&robust.GaveUpError{Attempts: 2, Err: io.EOF}, robust.ErrGaveUp, "gave up; attempts to connect: 2; EOF"},
		{&robust.PoisonError{Times: 3, PacketID: 7, Err: io.EOF}, robust.ErrPoison, "message 7 breaks every connection, 3 in a row: EOF"},
		{&robust.PoisonError{Times: 3, Filter: "a/#", Err: io.EOF}, robust.ErrPoison, `the subscription to "a/#" breaks every connection, 3 in a row: EOF`},
		{&robust.PoisonError{Times: 3, Err: io.EOF}, robust.ErrPoison, "the packet breaks every connection, 3 in a row: EOF"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("the text is %q, want %q", got, test.want)
		}
		if !errors.Is(test.err, test.is) || !errors.Is(test.err, io.EOF) {
			t.Errorf("%q is not %v because of EOF", test.want, test.is)
		}
	}
	if got, want := (&robust.ResubscribeError{Filter: "a"}).Error(), `the server refused to subscribe "a" again`; got != want {
		t.Errorf("the text is %q, want %q", got, want)
	}
}
