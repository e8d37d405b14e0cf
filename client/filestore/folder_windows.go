package filestore

// syncFolder has nothing to do: the system writes names by itself.
func syncFolder(string) error { return nil }
