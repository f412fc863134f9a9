package httpapi

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

var slugForm = regexp.MustCompile(`^[a-z0-9-]{3,48}$`)

// reservedSlugs would hide behind calls of the same form.
var reservedSlugs = map[string]bool{"tree": true}

const (
	minTitle    = 3
	maxTitle    = 120
	maxPosition = 1 << 20
)

// completeRoom checks a new room and sets what it leaves open.
func (s *Server) completeRoom(n *wire.NewRoom) error {
	var p problems
	checkSlug(&p, n.Slug)
	n.Title = checkTitle(&p, n.Title)
	if n.IsPublic == nil {
		n.IsPublic = ptr(true)
	}
	if n.CategoryID != nil && *n.CategoryID == "" {
		n.CategoryID = nil
	}
	checkCategory(&p, n.CategoryID)
	if n.Position == nil {
		n.Position = ptr(0)
	}
	checkPosition(&p, *n.Position)
	if n.TopologyPolicy == "" {
		n.TopologyPolicy = wire.PolicyAuto
	}
	checkPolicy(&p, n.TopologyPolicy)
	if n.MaxParticipants == nil {
		n.MaxParticipants = ptr(s.cfg.MaxParticipants)
	}
	s.checkParticipants(&p, *n.MaxParticipants)
	return p.err()
}

func (s *Server) checkPatch(raw []byte, b *wire.RoomPatch) error {
	var p problems
	slugStays(&p, raw)
	if b.Title != nil {
		b.Title = ptr(checkTitle(&p, *b.Title))
	}
	if b.CategoryID != nil && *b.CategoryID != "" {
		checkCategory(&p, b.CategoryID)
	}
	if b.Position != nil {
		checkPosition(&p, *b.Position)
	}
	if b.TopologyPolicy != nil {
		checkPolicy(&p, *b.TopologyPolicy)
	}
	if b.MaxParticipants != nil {
		s.checkParticipants(&p, *b.MaxParticipants)
	}
	return p.err()
}

func completeCategory(n *wire.NewCategory) error {
	var p problems
	checkSlug(&p, n.Slug)
	n.Title = checkTitle(&p, n.Title)
	if n.Position == nil {
		n.Position = ptr(0)
	}
	checkPosition(&p, *n.Position)
	return p.err()
}

func checkCategoryPatch(raw []byte, b *wire.CategoryPatch) error {
	var p problems
	slugStays(&p, raw)
	if b.Title != nil {
		b.Title = ptr(checkTitle(&p, *b.Title))
	}
	if b.Position != nil {
		checkPosition(&p, *b.Position)
	}
	return p.err()
}

// slugStays refuses a change of a slug, which no patch has: links lead to it.
func slugStays(p *problems, raw []byte) {
	var body struct {
		Slug any `json:"slug"`
	}
	if json.Unmarshal(raw, &body) == nil && body.Slug != nil {
		p.add("slug", "stays as it was made, for links lead to it; change the title")
	}
}

func checkSlug(p *problems, slug string) {
	if !slugForm.MatchString(slug) {
		p.add("slug", "give 3 to 48 of a-z, 0-9 and -")
	} else if reservedSlugs[slug] {
		p.add("slug", "is reserved; choose another")
	}
}

// checkTitle returns the title without spaces around it.
func checkTitle(p *problems, title string) string {
	title = strings.TrimSpace(title)
	if n := utf8.RuneCountInString(title); n < minTitle || n > maxTitle {
		p.add("title", "give 3 to 120 characters")
	} else if strings.ContainsFunc(title, func(r rune) bool { return !unicode.IsGraphic(r) && r != '\u200d' }) {
		p.add("title", "has a character that cannot be seen")
	}
	return title
}

func checkCategory(p *problems, id *string) {
	if id != nil && !isID(*id) {
		p.add("categoryId", "there is no such category")
	}
}

func checkPosition(p *problems, n int) {
	if n < 0 || n > maxPosition {
		p.add("position", fmt.Sprintf("give 0 to %d", maxPosition))
	}
}

func checkPolicy(p *problems, policy wire.TopologyPolicy) {
	if policy != wire.PolicyAuto && policy != wire.PolicySFU {
		p.add("topologyPolicy", "give auto or sfu")
	}
}

func (s *Server) checkParticipants(p *problems, n int) {
	if n < 1 || n > s.cfg.MaxParticipants {
		p.add("maxParticipants", fmt.Sprintf("give 1 to %d", s.cfg.MaxParticipants))
	}
}

func ptr[T any](v T) *T { return &v }
