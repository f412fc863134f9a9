package doctor

import (
	"net/netip"
	"strings"
	"testing"
)

func addrs(list ...string) (out []netip.Addr) {
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

func TestJudgeAddresses(t *testing.T) {
	const public, lan, bridge, elsewhere = "5.9.0.1", "192.168.1.5", "172.17.0.1", "5.9.0.2"
	for _, c := range []struct {
		name  string
		view  view
		state State
		want  string // a part of what, why or do
	}{
		{"a plain host", view{told: addrs(public), route: netip.MustParseAddr(public), public: "talk.example.org"}, OK, public},
		{"a LAN", view{told: addrs(lan), route: netip.MustParseAddr(lan)}, OK, "within this network"},
		{"a LAN with a public name", view{told: addrs(lan), route: netip.MustParseAddr(lan), public: "talk.example.org"}, Problem, "leaves from " + lan},
		{"1:1 NAT", view{told: addrs(public), set: addrs(public), route: netip.MustParseAddr(lan), public: "talk.example.org"}, OK, public},
		{"another public address than the route's", view{told: addrs(elsewhere), set: addrs(elsewhere), route: netip.MustParseAddr(public)}, Warning, "mapped"},
		{"a forgotten interface", view{told: addrs("10.8.0.1"), route: netip.MustParseAddr(lan)}, Warning, "default route"},
		{"a bridge", view{told: addrs(bridge), bridged: map[netip.Addr]bool{netip.MustParseAddr(bridge): true}}, Problem, "bridge"},
		{"a bridge too", view{told: addrs(bridge, public), bridged: map[netip.Addr]bool{netip.MustParseAddr(bridge): true}, route: netip.MustParseAddr(public)}, Warning, "in vain"},
		{"a container", view{told: addrs("172.17.0.2"), route: netip.MustParseAddr("172.17.0.2"), container: true}, Warning, "container"},
		{"a container with a public name", view{told: addrs("172.17.0.2"), container: true, public: "talk.example.org"}, Problem, "sfu.advertiseIps"},
		{"this machine alone", view{told: addrs("127.0.0.1"), localOnly: true}, Warning, "only this machine"},
		{"loopback for all", view{told: addrs("127.0.0.1")}, Problem, "nobody else"},
		{"link-local", view{told: addrs("169.254.7.7"), route: netip.MustParseAddr(lan)}, Problem, "link local"},
		{"of documentation", view{told: addrs("203.0.113.7"), set: addrs("203.0.113.7")}, Problem, "reserved"},
		{"not served", view{told: addrs(public), set: addrs("2a01::1")}, Problem, "does not serve"},
		{"IPv6 with privacy addresses", view{told: addrs(public), set: addrs(public), route: netip.MustParseAddr("2a01::77")}, OK, public},
		{"nothing", view{}, Problem, "no address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := c.view.judge()
			if text := f.What + f.Why + f.Do; f.State != c.state || !strings.Contains(text, c.want) {
				t.Errorf("%+v", f)
			}
			if bad := f.State != OK; bad != (f.Why != "") || bad != (f.Do != "") {
				t.Errorf("without why or what to do: %+v", f)
			}
		})
	}
}

func TestPublicHost(t *testing.T) {
	for url, want := range map[string]string{
		"https://talk.example.org": "talk.example.org", "http://localhost:8080": "", "http://192.168.1.5:8080": "", "https://5.9.0.1": "5.9.0.1",
		"https://[::1]:1": "", "": "", "%": "",
	} {
		if got := publicHost(url); got != want {
			t.Errorf("%q is %q", url, got)
		}
	}
}
