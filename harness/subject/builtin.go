package subject

// Builtin returns the built-in subjects, in the order of reports.
func Builtin() []Factory { return []Factory{Simple(), Robust(), Ref()} }

// ByName returns the subjects that can be named: the built-in ones, and those that are played only where they are
// named.
func ByName() []Factory { return append(Builtin(), UmqttAsItIs()) }
