package transport

// Faults are what a [Server] does wrong. Zero fields leave it as it is.
type Faults struct {
	// Certificate is the certificate that it shows, of TLS.
	Certificate Certificate
	// Answer is how it answers the first bytes of the client: a ClientHello, or the request of an upgrade.
	Answer Answer
	// End is how it says that nothing more comes.
	End End
	// Subprotocol is what it selects: "" is mqtt if the client offers that, [NoSubprotocol] none, anything else itself.
	Subprotocol string
	// Status is the HTTP status of its answer; 0 is 101, which switches to WebSocket.
	Status int
	// Text has it send text frames in place of binary ones.
	Text bool
	// Fragment has it send messages in frames of at most so many bytes; 0 is one frame a message.
	Fragment int
}

// NoSubprotocol is the [Faults].Subprotocol of a server that selects none.
const NoSubprotocol = "none"

// Certificate is a certificate that a server shows.
type Certificate string

// The certificates.
const (
	Good      Certificate = "ok"         // signed by the authority, for the server's name, valid
	WrongName Certificate = "wrong-name" // for another name
	Expired   Certificate = "expired"    // of the year 1998
	UnknownCA Certificate = "unknown-ca" // signed by an authority of the same name with another key
)

// Certificates returns the closed list of certificates.
func Certificates() []Certificate { return []Certificate{Good, WrongName, Expired, UnknownCA} }

// Answer is how a server answers the first bytes of a client.
type Answer string

// The answers.
const (
	Proper    Answer = "proper"     // as the transport has it
	PlainText Answer = "plain-text" // with a CONNACK in plain text, of a server that knows no TLS and takes anything
	Nothing   Answer = "nothing"    // not at all
)

// plainAnswer is a CONNACK and a PINGRESP: as long as the head of a record of TLS, for which a client waits.
var plainAnswer = []byte{0x20, 2, 0, 0, 0xd0, 0}

// Answers returns the closed list of answers.
func Answers() []Answer { return []Answer{Proper, PlainText, Nothing} }

// End is how a server says that nothing more comes.
type End string

// The ends.
const (
	Whole     End = "whole"     // with the transport's good-bye, close_notify or a Close frame, and the end of TCP
	Goodbye   End = "good-bye"  // with the transport's good-bye alone; TCP stays open
	Truncated End = "truncated" // with the end of TCP alone
)

// Ends returns the closed list of ends.
func Ends() []End { return []End{Whole, Goodbye, Truncated} }

// The beginnings of what a [Server] notes of a client.
const (
	// NoteOffers is followed by the subprotocols that a client offers, or by "no subprotocol".
	NoteOffers = "websocket: the client offers "
	// NoteData is followed by what a client sends in place of a binary frame.
	NoteData = "websocket: the client sends "
	// TextFrame is what follows NoteData for a text frame.
	TextFrame = "a text frame"
	// NoteTLS is followed by why a handshake did not succeed.
	NoteTLS = "tls: "
)
