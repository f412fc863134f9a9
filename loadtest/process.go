package loadtest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of the times in /proc/<pid>/stat: USER_HZ is 100 on
// every Linux architecture that Go runs on.
const clockTick = time.Second / 100

// usage is what one process has used so far.
type usage struct {
	user, system time.Duration
	rssBytes     int64
	threads      int
}

// processUsage reads a process's own times and memory from /proc (Linux).
func processUsage(pid int) (usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return usage{}, fmt.Errorf("loadtest: the server's process: %w", err)
	}
	u, err := parseStat(stat)
	if err != nil {
		return usage{}, err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return usage{}, fmt.Errorf("loadtest: the server's process: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				return usage{}, fmt.Errorf("loadtest: VmRSS: %w", err)
			}
			u.rssBytes = kb << 10
		}
	}
	return u, nil
}

// parseStat reads proc(5)'s stat: the fields after the command's name, which
// is in parentheses and may itself contain some.
func parseStat(b []byte) (usage, error) {
	i := bytes.LastIndexByte(b, ')')
	f := strings.Fields(string(b[i+1:]))
	if i < 0 || len(f) < 18 {
		return usage{}, errors.New("loadtest: /proc stat is not as proc(5) says")
	}
	var n [3]int64
	for k, at := range []int{11, 12, 17} { // utime, stime, num_threads
		v, err := strconv.ParseInt(f[at], 10, 64)
		if err != nil {
			return usage{}, fmt.Errorf("loadtest: /proc stat: %w", err)
		}
		n[k] = v
	}
	return usage{user: time.Duration(n[0]) * clockTick, system: time.Duration(n[1]) * clockTick, threads: int(n[2])}, nil
}

// loadAverage is the machine's over the last minute, 0 where it is not known:
// figures of a busy machine are to be read as such.
func loadAverage() float64 {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), " ")
	v, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return v
}
