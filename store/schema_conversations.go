package store

// conversationsSchema is what read pointers, mentions, reactions and disabled
// accounts need.
var conversationsSchema = []string{
	`ALTER TABLE users ADD COLUMN disabled_at BIGINT`,

	// How far a user has read a room. Without a row it is up to what was there
	// when his account was made.
	`CREATE TABLE read_pointers (
		user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
		room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
		room_seq BIGINT NOT NULL,
		PRIMARY KEY (user_id, room_id)
	)`,

	// Whom a message names. Rows that their user has read are removed.
	`CREATE TABLE mentions (
		user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
		room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
		room_seq BIGINT NOT NULL,
		PRIMARY KEY (user_id, room_id, room_seq)
	)`,
	`CREATE INDEX mentions_message ON mentions (room_id, room_seq)`,

	`CREATE TABLE reactions (
		message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
		emoji TEXT NOT NULL,
		user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
		created_at BIGINT NOT NULL,
		PRIMARY KEY (message_id, emoji, user_id)
	)`,
}
