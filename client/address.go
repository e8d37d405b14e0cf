package client

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// withAddress splits an Addr that is a URL into host and port, TLS and credentials. Its
// errors contain no part of a password.
func (c Config) withAddress() (Config, error) {
	scheme, _, ok := strings.Cut(c.Addr, "://")
	if !ok {
		if strings.ContainsAny(c.Addr, "/@?# ") {
			return c, invalid("Addr", "", "neither host:port nor a URL: write host:port, or mqtt://user:password@host:port")
		}
		return c, nil
	}
	secure := false
	switch strings.ToLower(scheme) {
	case "mqtt", "tcp":
	case "mqtts", "ssl", "tls":
		secure = true
	case "ws", "wss":
		return c, invalid("Addr", "", "a WebSocket URL: leave Addr empty and set Dial to a function that opens the connection")
	default:
		return c, invalid("Addr", "", fmt.Sprintf("unknown URL scheme %q: write mqtt:// or tcp://, or with TLS mqtts://, ssl:// or tls://", scheme))
	}
	u, err := url.Parse(c.Addr)
	switch {
	case err != nil:
		return c, invalid("Addr", "", "not a URL: write mqtt://user:password@host:port, special characters as %xx")
	case u.Hostname() == "":
		return c, invalid("Addr", "", "a URL without a host: write "+scheme+"://host:port")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return c, invalid("Addr", "", "a URL with a path, query or fragment: write "+scheme+"://host:port")
	case !secure && c.TLS != nil:
		return c, invalid("Addr", "", "a URL without TLS, but the field TLS is set: write mqtts://")
	case u.User != nil && (c.Username != nil || c.Password != nil):
		return c, invalid("Addr", "", "a URL with credentials, but Username or Password is set too: set only one of them")
	}
	if u.Port() != "" {
		if port, err := strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			return c, invalid("Addr", "", "a URL with a port outside 1 to 65535")
		}
	}
	if secure && c.TLS == nil {
		c.TLS = &tls.Config{}
	}
	if u.User != nil {
		name := u.User.Username()
		c.Username = &name
		if password, ok := u.User.Password(); ok {
			c.Password = []byte(password)
		}
	}
	if c.Addr = u.Hostname(); u.Port() != "" {
		c.Addr = net.JoinHostPort(c.Addr, u.Port())
	}
	return c, nil
}

// address is Addr with a port.
func (c *Config) address() string {
	if _, _, err := net.SplitHostPort(c.Addr); err == nil {
		return c.Addr
	}
	port := "1883"
	if c.TLS != nil {
		port = "8883"
	}
	return net.JoinHostPort(strings.Trim(c.Addr, "[]"), port)
}
