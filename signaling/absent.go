package signaling

import "time"

// absentees are those who vanished from the stage, and until when each has his
// place if he comes back: nobody has taken it from him, his network has. At most
// maxStage.
type absentees map[string]time.Time

// add keeps a place; the zero value is made by it.
func (a *absentees) add(userID string, until time.Time) {
	now := time.Now()
	for id, end := range *a {
		if !now.Before(end) {
			delete(*a, id)
		}
	}
	if len(*a) >= maxStage {
		return
	}
	if *a == nil {
		*a = make(absentees)
	}
	(*a)[userID] = until
}

// has says whether a user's place is kept.
func (a absentees) has(userID string, now time.Time) bool { return now.Before(a[userID]) }
