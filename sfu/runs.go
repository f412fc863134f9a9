package sfu

// runsOver is over how many of them the mean run is taken.
const runsOver = 12

// runs is how many packets are lost in a row, on average over the latest runs.
type runs struct {
	mean float32 // 0: none were
	n    int
}

func (r *runs) add(lost int) {
	r.n = min(r.n+1, runsOver)
	r.mean += (float32(lost) - r.mean) / float32(r.n)
}
