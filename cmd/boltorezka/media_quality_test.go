package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/boltorezka/boltorezka/sfu"
)

// The SFU's word has a list of layers in the contract's form, also an empty one.
func TestQualityNamesItsLayers(t *testing.T) {
	for want, u := range map[string]sfu.Uplink{
		`"layers":[]`:             {},
		`"layers":["high"]`:       {High: true},
		`"layers":["low"]`:        {Low: true},
		`"layers":["high","low"]`: {High: true, Low: true},
	} {
		b, err := json.Marshal(qualityOf(sfu.Quality{Uplink: u}))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), want) {
			t.Errorf("%+v: %s", u, b)
		}
	}
}
