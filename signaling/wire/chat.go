package wire

// Message is a stored chat message as history returns it.
type Message struct {
	ID        string     `json:"id"`
	RoomID    string     `json:"roomId"`
	RoomSeq   int64      `json:"roomSeq"`
	UserID    string     `json:"userId"`
	UserName  string     `json:"userName"`
	Text      string     `json:"text"`
	ReplyTo   *string    `json:"replyTo"`
	CreatedAt Time       `json:"createdAt"`
	EditedAt  *Time      `json:"editedAt"`
	DeletedAt *Time      `json:"deletedAt"`
	Reactions []Reaction `json:"reactions"`
}

// Reaction counts one emoji on a message.
type Reaction struct {
	Emoji string `json:"emoji"`
	Count int    `json:"count"`
	Mine  bool   `json:"mine"`
}

// ChatSend asks to store a message in the active room.
type ChatSend struct {
	Text    string  `json:"text"`
	ReplyTo *string `json:"replyTo,omitempty"`
}

// ChatMessage is the event that every socket in the room gets once a message
// is stored. SenderRequestID is the requestId of the chat.send it came from.
type ChatMessage struct {
	ID              string  `json:"id"`
	RoomID          string  `json:"roomId"`
	RoomSlug        string  `json:"roomSlug"`
	RoomSeq         int64   `json:"roomSeq"`
	UserID          string  `json:"userId"`
	UserName        string  `json:"userName"`
	Text            string  `json:"text"`
	CreatedAt       Time    `json:"createdAt"`
	ReplyTo         *string `json:"replyTo,omitempty"`
	SenderRequestID string  `json:"senderRequestId"`
}

// Cursor points at the oldest message of a history page.
type Cursor struct {
	BeforeCreatedAt Time   `json:"beforeCreatedAt"`
	BeforeID        string `json:"beforeId"`
}

// Pagination says whether there is more history and where it begins.
type Pagination struct {
	HasMore    bool    `json:"hasMore"`
	NextCursor *Cursor `json:"nextCursor"`
}

// MessagePage is the answer of GET /v1/rooms/:slug/messages.
type MessagePage struct {
	Room       Room       `json:"room"`
	Messages   []Message  `json:"messages"`
	Pagination Pagination `json:"pagination"`
}
