package simnet_test

import (
	"runtime"
	"testing"
	"testing/synctest"

	"umqtt/harness/simnet"
)

// endings is played on simnet and on loopback TCP. Each line is an end, a verb,
// and what it must give: `read` the text or error it returns, the others nothing
// or the error. `has` waits until a text has arrived, without reading it.
var endings = []struct{ name, script string }{
	{"fin after bytes", `
		a write hi
		a closewrite
		b read hi
		b read EOF
		b read EOF`},
	{"half-closed end still reads", `
		a closewrite
		b read EOF
		b write late
		a read late
		b closewrite
		a read EOF`},
	{"half-closed end cannot write", `
		a closewrite
		a write x EPIPE
		a closewrite
		b read EOF`},
	{"half-close both ways, then close", `
		a closewrite
		b read EOF
		b closewrite
		a read EOF
		a write x EPIPE
		b write x EPIPE
		a close
		b close`},
	{"close without unread input is fin", `
		a write hi
		b read hi
		b write bye
		b close
		a read bye
		a read EOF`},
	{"close with unread input is rst", `
		a write hi
		b has hi
		b close
		a read ECONNRESET`},
	{"close with unread input keeps what was sent", `
		b write bye
		a has bye
		a write hi
		b has hi
		b close
		a read bye
		a read ECONNRESET`},
	{"close with part of the input unread is rst", `
		a write hihi
		b read hi
		b close
		a read ECONNRESET`},
	{"close with unread input after half-close", `
		b closewrite
		a read EOF
		a write hi
		b has hi
		b close
		a read EOF
		a write x EPIPE
		a read EOF`},
	{"an unread fin is not unread input", `
		a closewrite
		b close
		a read EOF`},
	{"rst at once", `
		a reset
		b read ECONNRESET`},
	{"rst after bytes", `
		a write hi
		b has hi
		a reset
		b read hi
		b read ECONNRESET`},
	{"rst seen by the writer first", `
		a reset
		b write x ECONNRESET`},
	{"rst to a half-closed end", `
		b closewrite
		a read EOF
		a reset
		b read ECONNRESET`},
	{"rst ends a half-close", `
		a write hi
		a closewrite
		b has hi
		a reset
		b read hi
		b read EOF
		b write x EPIPE`},
	{"write after the peer closed", `
		a write bye
		a close
		b read bye
		b write lost
		b write x EPIPE
		b read EOF`},
	{"bytes survive the rst that answers a write", `
		a write bye
		a close
		b has bye
		b write lost
		b write x EPIPE
		b read bye
		b read EOF`},
	{"own close", `
		a close
		a read CLOSED
		a write x CLOSED
		a closewrite CLOSED
		a deadline CLOSED
		a close CLOSED`},
	{"own reset", `
		a reset
		a read CLOSED
		a write x CLOSED
		a close CLOSED`},
	{"shutdown after rst", `
		a reset
		b read ECONNRESET
		b closewrite ENOTCONN
		b close`},
	{"shutdown again after both fins", `
		a closewrite
		b read EOF
		b closewrite
		a read EOF
		a closewrite ENOTCONN`},
	{"a past deadline comes before bytes", `
		a write hi
		b has hi
		b deadline
		b read TIMEOUT`},
	{"a past deadline comes before fin and rst", `
		a closewrite
		b read EOF
		b deadline
		b read TIMEOUT
		a deadline
		a write x TIMEOUT`},
}

func TestEndings(t *testing.T) {
	for _, tt := range endings {
		t.Run(tt.name, func(t *testing.T) {
			t.Run("simnet", func(t *testing.T) {
				a, b := simnet.Pipe(0)
				playEnding(t, tt.script, simEnd{a}, simEnd{b})
			})
			t.Run("bounded", func(t *testing.T) {
				a, b := simnet.Pipe(4)
				playEnding(t, tt.script, simEnd{a}, simEnd{b})
			})
			t.Run("bubble", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					a, b := simnet.Pipe(0)
					playEnding(t, tt.script, simEnd{a}, simEnd{b})
				})
			})
			t.Run("tcp", func(t *testing.T) {
				if runtime.GOOS != "linux" {
					t.Skip("the table is Linux's behaviour")
				}
				a, b := tcpPair(t)
				playEnding(t, tt.script, tcpEnd{a}, tcpEnd{b})
			})
		})
	}
}
