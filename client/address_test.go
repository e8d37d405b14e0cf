package client

import (
	"crypto/tls"
	"testing"
)

func TestAddress(t *testing.T) {
	tests := []struct {
		addr   string
		tls    bool
		want   string
		server string
	}{
		{"host", false, "host:1883", ""},
		{"host", true, "host:8883", "host"},
		{"host:1", true, "host:1", "host"},
		{"192.0.2.1", false, "192.0.2.1:1883", ""},
		{"::1", false, "[::1]:1883", ""},
		{"[::1]", true, "[::1]:8883", "::1"},
		{"[::1]:7", true, "[::1]:7", "::1"},
	}
	for _, tt := range tests {
		c := Config{Addr: tt.addr}
		if tt.tls {
			c.TLS = &tls.Config{}
		}
		if got := c.address(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.addr, got, tt.want)
		}
		if tt.tls && c.tlsFor().ServerName != tt.server {
			t.Errorf("%s: TLS verifies %s, want %s", tt.addr, c.tlsFor().ServerName, tt.server)
		}
	}
	own := &tls.Config{ServerName: "other"}
	if c := (Config{Addr: "host", TLS: own}); c.tlsFor() != own {
		t.Error("the caller's ServerName is replaced")
	}
}
