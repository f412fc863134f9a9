package doctor

import (
	"context"
	"fmt"
	"time"
)

// How far this clock may be from the page's: its header Date is cut to whole
// seconds.
const (
	clockApart = 5 * time.Second
	clockWrong = 2 * time.Minute
)

// clock looks at whether the kernel says that its clock is synchronised, and
// at how far it is from the one that the public page's answers are dated by.
func (p *patient) clock(context.Context) []Finding {
	const check = "clock"
	f := fine(check, "the kernel says that it is synchronised")
	synchronised, known := clockSynchronised()
	switch {
	case !known:
		f.What = "whether it is synchronised is not known here"
	case !synchronised:
		f = Finding{
			Check: check, State: Warning, What: "the kernel says that it is not synchronised",
			Why: "it drifts: certificates, invites and the credentials of an external TURN server are judged by it", Do: "run chrony or systemd-timesyncd, on the host where this is a container",
		}
	}
	if p.page == nil || p.page.date.IsZero() {
		return []Finding{f}
	}
	// In the second that Date names, half of one later on average.
	apart := p.page.at.Sub(p.page.date.Add(500 * time.Millisecond)).Abs()
	switch says := fmt.Sprintf("it is %s from that of %s", apart.Round(time.Second), p.page.url.Host); {
	case apart > clockWrong:
		return []Finding{{
			Check: check, State: Problem, What: says, Why: "certificates and the credentials of an external TURN server are refused",
			Do: "set the clock of this machine, or that of the proxy, and run chrony or systemd-timesyncd",
		}}
	case apart > clockApart && f.State == OK:
		f.State, f.What, f.Why, f.Do = Warning, says, "one of the two is not synchronised", "run chrony or systemd-timesyncd on both"
	default:
		f.What += "; " + says
	}
	return []Finding{f}
}
