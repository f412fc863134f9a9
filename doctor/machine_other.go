//go:build !linux

package doctor

// Elsewhere these are not looked at.

func freeSpace(string) (int64, bool) { return 0, false }

func clockSynchronised() (synchronised, known bool) { return false, false }

func grantedBuffers(int, int) (read, write int, known bool) { return 0, 0, false }

func fileLimit() (uint64, bool) { return 0, false }
