package edge

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"time"
)

// files are a certificate and a key that somebody else renews.
type files struct {
	c     *Certificates
	every time.Duration
	// seen is how the files looked when they were last read.
	seen [2]stamp
}

// stamp tells one state of a file from another.
type stamp struct {
	at   time.Time
	size int64
	info os.FileInfo
}

func (s stamp) same(o stamp) bool {
	return s.at.Equal(o.at) && s.size == o.size && (s.info == nil) == (o.info == nil) && (s.info == nil || os.SameFile(s.info, o.info))
}

func newFiles(c *Certificates) (*files, error) {
	f := &files{c: c, every: c.opt.every}
	if f.every == 0 {
		f.every = checkEvery
	}
	f.seen = f.look()
	if err := f.load(); err != nil {
		return nil, err
	}
	return f, nil
}

// look follows links, as programs that renew certificates use them.
func (f *files) look() (s [2]stamp) {
	for i, name := range []string{f.c.cfg.Cert, f.c.cfg.Key} {
		if info, err := os.Stat(name); err == nil {
			s[i] = stamp{info.ModTime(), info.Size(), info}
		}
	}
	return s
}

// load puts what the files hold into use, when it is a pair.
func (f *files) load() error {
	certPEM, err := os.ReadFile(f.c.cfg.Cert)
	if err != nil {
		return fileError("tls.cert", f.c.cfg.Cert, err)
	}
	keyPEM, err := os.ReadFile(f.c.cfg.Key)
	if err != nil {
		return fileError("tls.key", f.c.cfg.Key, err)
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return fmt.Errorf("tls.cert %s and tls.key %s: %w; give PEM files of a certificate with its chain, and of its key", f.c.cfg.Cert, f.c.cfg.Key, err)
	}
	if pair.Leaf == nil {
		if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return fmt.Errorf("tls.cert %s: %w", f.c.cfg.Cert, err)
		}
	}
	f.c.held.Store(&pair)
	if left := time.Until(pair.Leaf.NotAfter); left <= 0 {
		f.c.log.Error("the certificate has expired", "file", f.c.cfg.Cert, "at", pair.Leaf.NotAfter)
	}
	return nil
}

// run reads the files again when they have changed. A pair that cannot be used
// changes nothing; while one file is new and the other is not, that is so.
func (f *files) run(ctx context.Context) {
	tick := time.NewTicker(f.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := f.look()
		if now[0].same(f.seen[0]) && now[1].same(f.seen[1]) {
			continue
		}
		f.seen = now
		if err := f.load(); err != nil {
			f.c.log.Error("the new certificate cannot be used, and the old one stays", "err", err, "expires", f.c.Expires())
			continue
		}
		f.c.log.Info("a new certificate is in use", "file", f.c.cfg.Cert, "expires", f.c.Expires())
	}
}
