package transport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"
)

// An Authority issues the certificates of a [Server].
type Authority struct {
	pem   []byte
	certs map[Certificate]tls.Certificate
}

// The names that every good certificate is for.
var localNames = []string{"localhost", "127.0.0.1", "::1"}

// otherName is what the certificate with the wrong name is for.
const otherName = "other.example"

// NewAuthority makes an authority and its certificates. The good one is for localhost and these names, which
// may be addresses. It returns an error for a name that is not ASCII, which a certificate cannot hold.
func NewAuthority(names ...string) (*Authority, error) {
	ca, err := newIssuer()
	if err != nil {
		return nil, err
	}
	foreign, err := newIssuer()
	if err != nil {
		return nil, err
	}
	a := &Authority{pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw}), certs: map[Certificate]tls.Certificate{}}
	good := append(names, localNames...)
	for _, c := range []struct {
		kind  Certificate
		by    *issuer
		names []string
		until time.Time
	}{
		{Good, ca, good, lastDay}, {WrongName, ca, []string{otherName}, lastDay},
		{Expired, ca, good, firstDay.AddDate(0, 11, 0)}, {UnknownCA, foreign, good, lastDay},
	} {
		if a.certs[c.kind], err = c.by.issue(c.names, c.until); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Local returns the authority of this process for servers on this machine. It panics if the authority cannot be made:
// its names are good, and crypto/rand returns no error.
func Local() *Authority { return local() }

var local = sync.OnceValue(func() *Authority {
	a, err := NewAuthority()
	if err != nil {
		panic(err)
	}
	return a
})

// PEM returns the certificate of the authority, which a client trusts.
func (a *Authority) PEM() []byte { return a.pem }

// The days between which certificates are valid. A simulated world begins in the year 2000.
var (
	firstDay = time.Date(1998, 1, 1, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// An issuer is a certificate that signs others.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newIssuer makes a certificate that signs itself.
func newIssuer() (*issuer, error) {
	t := template("mqttconform test authority", lastDay)
	t.IsCA, t.BasicConstraintsValid, t.KeyUsage = true, true, x509.KeyUsageCertSign
	der, key, err := sign(t, nil)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &issuer{cert, key}, err
}

// issue makes a server's certificate.
func (i *issuer) issue(names []string, until time.Time) (tls.Certificate, error) {
	t := template(names[0], until)
	t.KeyUsage, t.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, n)
		}
	}
	der, key, err := sign(t, i)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

func template(name string, until time.Time) *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: name}, NotBefore: firstDay, NotAfter: until}
}

// sign makes a key and a certificate for it, signed by an issuer or by the key itself.
func sign(t *x509.Certificate, by *issuer) (der []byte, key *ecdsa.PrivateKey, err error) {
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, nil, fmt.Errorf("transport: %w", err)
	}
	if t.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return nil, nil, fmt.Errorf("transport: %w", err)
	}
	if by == nil {
		by = &issuer{t, key}
	}
	if der, err = x509.CreateCertificate(rand.Reader, t, by.cert, &key.PublicKey, by.key); err != nil {
		return nil, nil, fmt.Errorf("transport: %w", err)
	}
	return der, key, nil
}
