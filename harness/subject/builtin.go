package subject

// Builtin returns the built-in subjects, in the order of reports.
func Builtin() []Factory { return []Factory{Simple(), Robust(), Ref()} }
