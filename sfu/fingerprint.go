package sfu

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/pion/sdp/v3"
)

// hashes are the hash functions of fingerprints that are still trusted, with
// their lengths in bytes.
var hashes = map[string]int{"sha-256": 32, "sha-384": 48, "sha-512": 64}

// parseFingerprint reads the fingerprint of the client's one certificate (RFC
// 8122 section 5). It may stand on the line that carries the bundle, on the
// session or on other lines of the bundle; several by one hash function must
// be the same, so that nobody can mean one and prove another.
func parseFingerprint(sd *sdp.SessionDescription, m *sdp.MediaDescription, bundle []string) (hash, fp string, err error) {
	strange := ""
	take := func(attributes []sdp.Attribute) error {
		for _, a := range attributes {
			if a.Key != "fingerprint" {
				continue
			}
			h, f, _ := strings.Cut(a.Value, " ")
			h, f = strings.ToLower(h), strings.ToUpper(strings.TrimSpace(f))
			size := hashes[h]
			if size == 0 {
				strange = h
				continue
			}
			if b, err := hex.DecodeString(strings.ReplaceAll(f, ":", "")); err != nil || len(b) != size {
				return refuse("a=fingerprint:%s does not hold %d bytes in hexadecimal", h, size)
			}
			if fp == "" {
				hash, fp = h, f
			} else if h == hash && f != fp {
				return refuse("two different a=fingerprint:%s: all media share one certificate", h)
			}
		}
		return nil
	}
	if err := take(m.Attributes); err != nil {
		return "", "", err
	}
	if err := take(sd.Attributes); err != nil {
		return "", "", err
	}
	for _, o := range sd.MediaDescriptions {
		if mid, _ := o.Attribute("mid"); slices.Contains(bundle, mid) {
			if err := take(o.Attributes); err != nil {
				return "", "", err
			}
		}
	}
	if fp == "" {
		return "", "", refuse("a=fingerprint %.40q: want sha-256, sha-384 or sha-512", strange)
	}
	return hash, fp, nil
}
