package spec

// Profile says whose demands a scenario at the level policy is about. The standard rules none of them, so a
// client is held only to the profiles that a run asks for by name.
type Profile string

// The profiles. The list is closed; [Profiles] has the same as data.
const (
	// Secure: what users of TLS count on, which chapter 5 of the standard recommends and leaves to TLS itself.
	Secure Profile = "secure"
	// Umqtt: what the clients of this module promise beyond the standard, and their users count on.
	Umqtt Profile = "umqtt"
)

// A ProfileDoc is a profile and what it means.
type ProfileDoc struct {
	Name Profile
	// Doc says what the profile is, in one sentence without its full stop.
	Doc string
}

// Profiles returns the closed list of profiles, in the order of the constants.
func Profiles() []ProfileDoc {
	return []ProfileDoc{
		{Secure, "what users of TLS count on, which chapter 5 of the standard recommends and leaves to TLS itself"},
		{Umqtt, "what the clients of this module promise beyond the standard, and their users count on"},
	}
}
