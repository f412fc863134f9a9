// Package web carries the built web app inside the server's binary. The app
// itself is the React project in this folder; `make build` fills dist.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist returns the built web app: index.html and its assets at the root. It
// is empty but for a placeholder in a tree whose web app was never built.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded above: it cannot be missing
	}
	return sub
}
