package doctor

import "strings"

// configuration tells whether the settings load.
func configuration(source string, strange []string, err error) []Finding {
	const check = "configuration"
	if err != nil {
		return []Finding{{
			Check: check, State: Problem, What: strings.ReplaceAll(err.Error(), "\n", "; "),
			Why: "the server does not start with these settings, and nothing else can be looked at", Do: "correct what is named; docs/settings.md lists every key and what it accepts",
		}}
	}
	if len(strange) > 0 {
		return []Finding{{
			Check: check, State: Warning, What: "no settings, though they look like some: " + strings.Join(strange, ", "),
			Why: "they change nothing; a setting that was meant has its default", Do: "correct the names of the variables, or remove them",
		}}
	}
	return []Finding{fine(check, "%s", source)}
}
