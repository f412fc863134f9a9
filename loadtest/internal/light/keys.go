package light

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/prf"
	"github.com/pion/srtp/v3"
)

// keys are the SRTP contexts of one path: for each direction one of RTP and
// one of RTCP, since different goroutines use them.
type keys struct {
	in, out, inControl, outControl *srtp.Context
}

// secrets are what Pion's key log tells of a handshake.
type secrets struct {
	random [32]byte // the client's
	master []byte
}

var keyLogLabel = []byte("CLIENT_RANDOM ")

// parseKeyLog reads a line of a key log of (D)TLS 1.2.
func parseKeyLog(line []byte) (secrets, error) {
	var s secrets
	rest, ok := bytes.CutPrefix(bytes.TrimSpace(line), keyLogLabel)
	random, master, ok2 := bytes.Cut(rest, []byte(" "))
	if !ok || !ok2 || len(random) != 64 {
		return s, errors.New("light: a key log without a client random")
	}
	if _, err := hex.Decode(s.random[:], random); err != nil {
		return s, fmt.Errorf("light: key log: %w", err)
	}
	var err error
	if s.master, err = hex.DecodeString(string(master)); err != nil || len(s.master) != 48 {
		return s, fmt.Errorf("light: a key log whose master secret has %d bytes", len(s.master))
	}
	return s, nil
}

// exporter is the exporter of RFC 5705 of a handshake that was looked on.
type exporter struct {
	secrets
	hello
}

// ExportKeyingMaterial is for package srtp.
func (e *exporter) ExportKeyingMaterial(label string, context []byte, length int) ([]byte, error) {
	if len(context) > 0 {
		return nil, errors.New("light: an exporter without contexts")
	}
	seed := append(append([]byte(label), e.secrets.random[:]...), e.hello.random[:]...)
	return prf.PHash(e.master, seed, length, suiteHash(e.suite))
}

// suiteHash is the hash of a cipher suite's PRF (RFC 5246 section 5, RFC 5289).
func suiteHash(suite uint16) func() hash.Hash {
	switch dtls.CipherSuiteID(suite) {
	case dtls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, dtls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384:
		return sha512.New384
	}
	return sha256.New
}

// deriveKeys makes the contexts of a handshake; client says which side of DTLS
// we are.
func deriveKeys(s secrets, h hello, client bool) (*keys, error) {
	c := srtp.Config{Profile: srtp.ProtectionProfile(h.profile)}
	if err := c.ExtractSessionKeysFromDTLS(&exporter{s, h}, client); err != nil {
		return nil, fmt.Errorf("light: keys: %w", err)
	}
	var k keys
	for _, x := range []struct {
		into      **srtp.Context
		key, salt []byte
	}{
		{&k.in, c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt}, {&k.inControl, c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt},
		{&k.out, c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt}, {&k.outControl, c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt},
	} {
		var err error
		if *x.into, err = srtp.CreateContext(x.key, x.salt, c.Profile); err != nil {
			return nil, fmt.Errorf("light: keys: %w", err)
		}
	}
	return &k, nil
}
