//go:build !race

package transport

// crowd is how many join at once.
const crowd = 200
