//go:build unix

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"umqtt/client"
)

// certified writes a certificate for 127.0.0.1, which signs itself, and its key to files.
func certified(t *testing.T) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	s.Close()
	der, err := x509.MarshalPKCS8PrivateKey(s.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert = write(t, dir, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	key = write(t, dir, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	roots = x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return cert, key, roots
}

// A client speaks TLS with a proxy, which speaks TLS with the next one; faults act on the packets all the same.
func TestProxyTLS(t *testing.T) {
	cert, key, roots := certified(t)
	script := write(t, t.TempDir(), "faults.yaml", "- fault drop: {packet: PUBLISH, nth: 2}\n")
	far := startProxy(t, "--upstream", startBroker(t), "--tls-cert", cert, "--tls-key", key)
	near := startProxy(t, "--upstream", far.addr, "--upstream-tls", "--upstream-ca", cert, "--tls-cert", cert, "--tls-key", key, "--script", script)
	dialer := &tls.Dialer{Config: &tls.Config{RootCAs: roots}}
	c, err := client.New(client.Config{Dial: func(ctx context.Context) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", near.addr) }, ClientID: "c"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := c.Connect(ctx, true); err != nil {
		t.Fatal(err)
	}
	for range 3 { // the second one is lost: at QoS 0 nobody waits for it
		if err := c.Publish(ctx, []byte("t"), []byte("hi"), 0, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Publish(ctx, []byte("t"), []byte("last"), 1, false); err != nil {
		t.Fatal(err)
	}
	if err := c.Disconnect(); err != nil {
		t.Fatal(err)
	}
	if got := near.stop(t, syscall.SIGTERM, exitOK); !strings.Contains(got, "PUBLISH 4 (") {
		t.Errorf("the near proxy: %s", got)
	}
	if got := far.stop(t, syscall.SIGTERM, exitOK); !strings.Contains(got, "PUBLISH 3 (") {
		t.Errorf("the far proxy: %s", got)
	}
}

// A broker whose certificate nobody trusts is not spoken to, and a certificate that is none is a mistake.
func TestProxyTLSRefuses(t *testing.T) {
	cert, key, _ := certified(t)
	far := startProxy(t, "--upstream", startBroker(t), "--tls-cert", cert, "--tls-key", key)
	near := startProxy(t, "--upstream", far.addr, "--upstream-tls")
	if err := uses(t, near.addr, "c", 1); err == nil {
		t.Error("a client gets through to a broker that is not trusted")
	}
	if got := near.stop(t, syscall.SIGTERM, exitOK); !strings.Contains(got, "1 for which the broker was not reached") || !strings.Contains(got, "certificate") {
		t.Errorf("the near proxy: %s", got)
	}
	far.stop(t, syscall.SIGTERM, exitOK)
	invoke(t, "proxy", "--upstream", "a:1", "--tls-cert", key, "--tls-key", key).want(t, exitUsage)
	invoke(t, "proxy", "--upstream", "a:1", "--upstream-tls", "--upstream-ca", key).want(t, exitUsage)
	invoke(t, "proxy", "--upstream", "a:1", "--upstream-tls", "--upstream-ca", filepath.Join(t.TempDir(), "absent")).want(t, exitUsage)
}
