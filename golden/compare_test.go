package golden

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
)

// ping returns a capture of one packet.
func ping() *capture.Capture {
	return &capture.Capture{Name: "connect/ping", Records: []capture.Record{
		{Conn: 1, Kind: capture.Sent, Data: []byte{0xc0, 0}},
	}}
}

// folder returns an empty store, in an environment that is not CI's.
func folder(t *testing.T) store {
	t.Helper()
	t.Setenv("CI", "")
	dir := t.TempDir()
	return store{os.DirFS(dir), dir}
}

// put writes a file of a store.
func put(t *testing.T, s store, file, text string) {
	t.Helper()
	target := filepath.Join(s.dir, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(target, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestCompare(t *testing.T) {
	s := folder(t)

	// A golden that is not there: the message says how to make it.
	var missing *MissingError
	err := s.compare("simple", "connect/ping", ping())
	if !errors.As(err, &missing) {
		t.Fatalf("without a golden: %v", err)
	}
	if diff := cmp.Diff("golden/simple/connect/ping.wire: no golden for this capture; if the capture is right, create it: go test ./golden -update", err.Error()); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}

	// The same capture compares equal, from a folder and from what is embedded.
	if err := s.update("simple", "connect/ping", ping()); err != nil {
		t.Fatal(err)
	}
	if err := s.compare("simple", "connect/ping", ping()); err != nil {
		t.Errorf("the capture that was kept: %v", err)
	}
	memory := store{files: fstest.MapFS{"simple/connect/ping.wire": {Data: capture.Format(ping())}}}
	if err := memory.compare("simple", "connect/ping", ping()); err != nil {
		t.Errorf("the capture that was embedded: %v", err)
	}

	// Another one does not, and the message shows where.
	other := ping()
	other.Records[0].Data = []byte{0xe0, 0}
	var changed *ChangedError
	err = s.compare("simple", "connect/ping", other)
	if !errors.As(err, &changed) {
		t.Fatalf("another capture: %v", err)
	}
	if diff := cmp.Diff(capture.Diff(other, ping()), changed.Diff); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
	for _, part := range []string{"golden/simple/connect/ping.wire: ", "go test ./golden -update\n", "\n-    0.000 > PINGREQ\n", "\n+    0.000 > DISCONNECT\n"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("no %q in %v", part, err)
		}
	}

	// A golden that was edited by hand is refused by position.
	put(t, s, "simple/connect/ping.wire", strings.Replace(string(capture.Format(ping())), "PINGREQ", "PING", 1))
	var parse *capture.ParseError
	if err := s.compare("simple", "connect/ping", ping()); !errors.As(err, &parse) || !strings.HasPrefix(err.Error(), "golden/simple/connect/ping.wire:4:") {
		t.Errorf("an edited golden: %v", err)
	}
}

func TestUpdate(t *testing.T) {
	s := folder(t)
	for range 2 { // the second time nothing changes
		if err := s.update("simple", "connect/ping", ping()); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(s.dir, "simple", "connect", "ping.wire"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(capture.Format(ping())), string(got)); diff != "" {
			t.Errorf("file (-want +got):\n%s", diff)
		}
	}
	got, err := s.load("simple", "connect/ping")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ping(), got); diff != "" {
		t.Errorf("load (-want +got):\n%s", diff)
	}
	backwards := ping()
	backwards.Records = append(backwards.Records, backwards.Records[0])
	backwards.Records[0].Time = 1
	if err := s.update("simple", "connect/ping", backwards); !errors.Is(err, capture.ErrTime) {
		t.Errorf("a capture that cannot be read back: %v", err)
	}
}

func TestUpdateRefused(t *testing.T) {
	for ci, want := range map[string]error{"true": ErrCI, "1": ErrCI, "woodpecker": ErrCI, "false": nil, "0": nil, "": nil} {
		t.Run("CI="+ci, func(t *testing.T) {
			s := folder(t)
			t.Setenv("CI", ci)
			if err := s.update("simple", "connect/ping", ping()); !errors.Is(err, want) {
				t.Errorf("update: %v, want %v", err, want)
			}
			if _, err := s.prune(func(string, string) bool { return false }); !errors.Is(err, want) {
				t.Errorf("prune: %v, want %v", err, want)
			}
			if _, err := s.load("simple", "connect/ping"); err == nil {
				t.Error("the file is still there, or was written")
			}
		})
	}
	t.Setenv("CI", "")
	if err := (store{files: embedded}).update("simple", "connect/ping", ping()); !errors.Is(err, ErrReadOnly) {
		t.Errorf("update of what is embedded: %v, want %v", err, ErrReadOnly)
	}
}

func TestNames(t *testing.T) {
	s := folder(t)
	for _, tt := range []struct{ subject, scenario string }{
		{"", "connect/ping"}, {"simple", ""}, {"a/b", "ping"}, {"..", "ping"}, {".", "ping"},
		{"simple", "../ping"}, {"simple", "/ping"}, {"simple", "connect/"}, {"simple", "connect//ping"},
	} {
		var missing *MissingError
		if err := s.compare(tt.subject, tt.scenario, ping()); err == nil || errors.As(err, &missing) {
			t.Errorf("compare(%q, %q): %v", tt.subject, tt.scenario, err)
		}
		if err := s.update(tt.subject, tt.scenario, ping()); err == nil {
			t.Errorf("update(%q, %q) wrote", tt.subject, tt.scenario)
		}
	}
}

func TestOrphans(t *testing.T) {
	s := folder(t)
	put(t, s, "golden.go", "package golden")
	put(t, s, "simple/connect/ping.wire", "")
	put(t, s, "simple/qos1/old.wire", "")
	put(t, s, "robust/connect/ping.wire", "")
	put(t, s, "simple/connect/ping.wire.orig", "")
	known := func(subject, scenario string) bool { return subject == "simple" && scenario == "connect/ping" }

	want := []string{"golden/robust/connect/ping.wire", "golden/simple/connect/ping.wire.orig", "golden/simple/qos1/old.wire"}
	got, err := s.orphans(known)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("orphans (-want +got):\n%s", diff)
	}

	if got, err = s.prune(known); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("prune (-want +got):\n%s", diff)
	}
	if got, err := s.orphans(known); err != nil || got != nil {
		t.Errorf("after prune: %v, %v", got, err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "robust")); !os.IsNotExist(err) {
		t.Errorf("an empty folder is left: %v", err) // it could not be embedded
	}
	if _, err := os.Stat(filepath.Join(s.dir, "simple", "connect", "ping.wire")); err != nil {
		t.Error(err)
	}
}

// TestSource holds that a test reads the folder of this package.
func TestSource(t *testing.T) {
	s := source()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if s.dir != here {
		t.Skipf("built with paths trimmed: the goldens are %q", s.dir)
	}
	if _, err := s.files.Open("golden.go"); err != nil {
		t.Error(err)
	}
	if _, err := embedded.Open("golden.go"); err != nil {
		t.Errorf("the folder is not embedded: %v", err)
	}
}
