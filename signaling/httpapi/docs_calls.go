package httpapi

import "github.com/boltorezka/boltorezka/signaling/wire"

// The published contract: two documents for programs, and a page for people.

func (s *Server) openAPI(c *call) error  { return s.document(c, "/openapi.yaml") }
func (s *Server) asyncAPI(c *call) error { return s.document(c, "/asyncapi.yaml") }
func (s *Server) docsPage(c *call) error { return s.document(c, "/page/index.html") }

func (s *Server) docsFile(c *call) error { return s.document(c, "/page/"+c.Params("file")) }

func (s *Server) document(c *call, name string) error {
	f := s.docs.files[name]
	if f == nil {
		return wire.E(wire.CodeNotFound, "there is no such file")
	}
	return f.send(c.Ctx)
}
