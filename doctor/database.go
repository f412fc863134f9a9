package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/boltorezka/boltorezka/store"
)

// database looks at the database: there, of the right schema, whole, writable.
func (p *patient) database(ctx context.Context) []Finding {
	c, err := store.Examine(ctx, p.cfg.Store)
	f := judgeDatabase(c, err, p.cfg.Store, p.running != nil)
	f.Check = "database"
	return []Finding{f}
}

func judgeDatabase(c store.Condition, err error, cfg store.Config, running bool) Finding {
	problem := func(what, do string) Finding {
		return Finding{State: Problem, What: what, Why: "without its database the server does not start, and one that runs serves nobody", Do: do}
	}
	switch {
	case err != nil && cfg.Postgres():
		return problem(err.Error(), "start PostgreSQL, and see that it takes connections of this user from this machine")
	case err != nil:
		return problem(err.Error(), "put a backup in its place with boltorezka restore")
	case !c.Exists && running:
		return problem(cfg.String()+" is not there, though the server runs", "it was removed, or the settings are not the server's: restart it with a backup in place")
	case !c.Exists:
		return fine("", "%s is not there yet; the first start makes it", cfg)
	case len(c.Damage) > 0:
		return problem(fmt.Sprintf("%s is damaged: %s", cfg, strings.Join(c.Damage, "; ")), "stop the server and put a backup in its place with boltorezka restore")
	case c.ReadOnly != nil:
		return problem(fmt.Sprintf("%s cannot be written: %v", cfg, c.ReadOnly), "let this user write to it; for PostgreSQL give the primary, and a user who owns the tables")
	}
	pending := 0
	for _, v := range c.Schema {
		if !v.Known {
			return problem(fmt.Sprintf("%s is of a newer version of this program (%s)", cfg, v.ID), "run the newer version, or put a backup of before in its place")
		}
		if !v.Applied {
			pending++
		}
	}
	f := fine("", "%s: %s, %s", cfg, c.Product, sizeText(c.Bytes))
	switch {
	case pending > 0:
		f.State, f.Why = Warning, fmt.Sprintf("%d of %d versions of the schema are pending", pending, len(c.Schema))
		f.Do = "nothing: the next start brings it up to date; make a backup before"
	case c.Unchecked != nil:
		f.State, f.Why = Warning, fmt.Sprintf("whether it is whole was not seen: %v", c.Unchecked)
		f.Do = "run it again at a quieter time"
	case c.ServerConns > 0 && c.ServerConns < cfg.MaxConns:
		f.State, f.Why = Warning, fmt.Sprintf("database.maxConns is %d, and PostgreSQL takes %d in all", cfg.MaxConns, c.ServerConns)
		f.Do = "set database.maxConns lower, or max_connections of PostgreSQL higher"
	}
	return f
}

// sizeText writes a size as people do.
func sizeText(n int64) string {
	size, unit := float64(n), "B"
	for _, next := range []string{"kB", "MB", "GB", "TB"} {
		if size < 1000 {
			break
		}
		size, unit = size/1000, next
	}
	if unit == "B" {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", size, unit)
}
