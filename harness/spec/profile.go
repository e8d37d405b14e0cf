package spec

// Profile says who expects the behaviour that a scenario at level policy tests. The standard does not require
// it, so that a run checks only the profiles that it names.
type Profile string

// The profiles. There are no others; [Profiles] returns the same as data.
const (
	// Secure: what users of TLS expect, and chapter 5 of the standard recommends.
	Secure Profile = "secure"
	// Umqtt: what the clients of this module promise beyond the standard.
	Umqtt Profile = "umqtt"
)

// A ProfileDoc is a profile and what it means.
type ProfileDoc struct {
	Name Profile
	// Doc says what the profile is, in one sentence without its full stop.
	Doc string
}

// Profiles returns all profiles, in the order of the constants.
func Profiles() []ProfileDoc {
	return []ProfileDoc{
		{Secure, "what users of TLS expect, and chapter 5 of the standard recommends"},
		{Umqtt, "what the clients of this module promise beyond the standard"},
	}
}
