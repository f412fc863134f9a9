package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// order is one line of the standard input:
//
//	{"op": "bind", "ufrag": "abcd", "person": "Anna"}  whose browser it is
//	{"op": "set", "person": "Anna", "direction": "down", "impairment": {...}}
//	{"op": "read", "person": "Anna"}                   the figures of the link
type order struct {
	Op         string     `json:"op"`
	Ufrag      string     `json:"ufrag"`
	Person     string     `json:"person"`
	Direction  string     `json:"direction"`
	Impairment impairment `json:"impairment"`
}

// reply answers one order; Up and Down are of "read".
type reply struct {
	Error string   `json:"error,omitempty"`
	Up    *figures `json:"up,omitempty"`
	Down  *figures `json:"down,omitempty"`
}

// obey does what it is told until the input ends.
func obey(r *relay, in io.Reader, out io.Writer) error {
	say := json.NewEncoder(out)
	if err := say.Encode(map[string]string{"listening": r.front.LocalAddr().String()}); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var o order
		answer := reply{}
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			answer.Error = err.Error()
		} else if answer, err = r.do(o); err != nil {
			answer.Error = err.Error()
		}
		if err := say.Encode(answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (r *relay) do(o order) (reply, error) {
	if o.Person == "" {
		return reply{}, fmt.Errorf("nobody is named")
	}
	switch o.Op {
	case "bind":
		if o.Ufrag == "" {
			return reply{}, fmt.Errorf("no ufrag")
		}
		r.bind(o.Ufrag, o.Person)
		return reply{}, nil
	case "set":
		return reply{}, r.set(o.Person, o.Direction, o.Impairment)
	case "read":
		up, down := r.read(o.Person)
		return reply{Up: &up, Down: &down}, nil
	}
	return reply{}, fmt.Errorf("op %q: want bind, set or read", o.Op)
}
