// Package api is the published contract: openapi.yaml for HTTP (OpenAPI 3.1)
// and asyncapi.yaml for the WebSocket (AsyncAPI 3), both with JSON Schema
// (2020-12), and a page that shows them.
//
// The two files are made from the Go types of signaling/wire and from the
// tables of this package, by go test ./docs/api -update; without -update the
// test fails when they are not what would be made. That every route of the
// server and every type of message is in the tables, and nothing else, is
// tested where all of them are known, in cmd/boltorezka.
package api

import "embed"

// Files holds openapi.yaml, asyncapi.yaml and the page (index.html with what
// it needs), for serving.
//
//go:embed openapi.yaml asyncapi.yaml page
var Files embed.FS
