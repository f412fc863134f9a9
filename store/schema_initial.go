package store

// initialSchema is the schema of the first version, and its one row.
var initialSchema = []string{
	`CREATE TABLE users (
		id TEXT PRIMARY KEY,
		name TEXT NOT NULL,
		name_key TEXT NOT NULL,
		role TEXT NOT NULL,
		password_hash TEXT NOT NULL,
		created_at BIGINT NOT NULL
	)`,
	// Names of accounts are unique; guests may share one.
	`CREATE UNIQUE INDEX users_account_name ON users (name_key) WHERE role <> 'guest'`,
	`CREATE INDEX users_name ON users (name_key)`,

	`CREATE TABLE sessions (
		id TEXT PRIMARY KEY,
		user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
		token_hash TEXT NOT NULL UNIQUE,
		previous_hash TEXT UNIQUE,
		previous_until BIGINT,
		user_agent TEXT NOT NULL,
		created_at BIGINT NOT NULL,
		last_seen_at BIGINT NOT NULL,
		expires_at BIGINT NOT NULL
	)`,
	`CREATE INDEX sessions_user ON sessions (user_id)`,
	`CREATE INDEX sessions_expiry ON sessions (expires_at)`,

	`CREATE TABLE invites (
		code TEXT PRIMARY KEY,
		user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
		max_uses BIGINT,
		uses BIGINT NOT NULL,
		expires_at BIGINT,
		created_at BIGINT NOT NULL
	)`,
	`CREATE INDEX invites_user ON invites (user_id)`,

	`CREATE TABLE categories (
		id TEXT PRIMARY KEY,
		slug TEXT NOT NULL UNIQUE,
		title TEXT NOT NULL,
		position BIGINT NOT NULL,
		created_at BIGINT NOT NULL
	)`,

	// last_seq and last_message_at are the room's counters: the transaction
	// that stores a message moves them.
	`CREATE TABLE rooms (
		id TEXT PRIMARY KEY,
		slug TEXT NOT NULL UNIQUE,
		title TEXT NOT NULL,
		is_public BOOLEAN NOT NULL,
		category_id TEXT REFERENCES categories (id) ON DELETE SET NULL,
		position BIGINT NOT NULL,
		topology_policy TEXT NOT NULL,
		max_participants BIGINT NOT NULL,
		last_seq BIGINT NOT NULL,
		last_message_at BIGINT NOT NULL,
		created_at BIGINT NOT NULL,
		archived_at BIGINT
	)`,
	`CREATE INDEX rooms_category ON rooms (category_id)`,

	`CREATE TABLE messages (
		id TEXT PRIMARY KEY,
		room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
		room_seq BIGINT NOT NULL,
		user_id TEXT NOT NULL REFERENCES users (id),
		user_name TEXT NOT NULL,
		text TEXT NOT NULL,
		reply_to TEXT,
		idempotency_key TEXT,
		sender_request_id TEXT NOT NULL,
		created_at BIGINT NOT NULL,
		edited_at BIGINT,
		deleted_at BIGINT
	)`,
	`CREATE UNIQUE INDEX messages_room_seq ON messages (room_id, room_seq)`,
	`CREATE UNIQUE INDEX messages_idempotency ON messages (user_id, idempotency_key)`,
	`CREATE INDEX messages_room_time ON messages (room_id, created_at, room_seq)`,
}
