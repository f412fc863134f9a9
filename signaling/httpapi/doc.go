// Package httpapi is the server's edge: the HTTP calls of the contract, the
// WebSocket handshake and the web app. It is the only importer of Fiber.
//
// It turns requests into typed wire values, asks who sent them, asks the table
// in routes.go whether that person may, and hands them on; every error leaves
// as one coded wire.Error. Beyond the contract there are two codes for what it
// has none for: NotFound (404: an address, session or invite that is none) and
// MethodNotAllowed (405).
//
// A browser, told by its Origin header, gets the session as a cookie;
// everybody else gets a bearer token. A call that changes something and
// carries an Origin, or a cookie, must come from the server's own pages.
package httpapi
