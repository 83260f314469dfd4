// Command verify checks certificates with Go's verifier, as the programs of Kubernetes do. Each line of stdin is
// "CA CERTIFICATE KEY USAGE [NAME]...": files in PEM, "server" or "client", and names that clients connect to.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
)

var usages = map[string]x509.ExtKeyUsage{"server": x509.ExtKeyUsageServerAuth, "client": x509.ExtKeyUsageClientAuth}

func main() {
	failed := false
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if err := verify(fields[0], fields[1], fields[2], fields[3], fields[4:]); err != nil {
			fmt.Printf("%s as %s: %v\n", fields[1], fields[3], err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

func verify(ca, certificate, key, usage string, names []string) error {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return err
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(ca)
	if err != nil {
		return err
	}
	if !roots.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s has no certificate", ca)
	}
	options := x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{usages[usage]}}
	if _, err := leaf.Verify(options); err != nil {
		return err
	}
	for _, name := range names {
		if err := leaf.VerifyHostname(name); err != nil {
			return err
		}
	}
	return nil
}
