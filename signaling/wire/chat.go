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
	// Mentions are the ids of those whom the text names with @; absent: nobody.
	Mentions []string `json:"mentions,omitempty"`
}

// ChatEdit asks to replace the text of an own message of the active room.
type ChatEdit struct {
	MessageID string `json:"messageId"`
	Text      string `json:"text"`
}

// ChatEdited tells a room of a message's new text.
type ChatEdited struct {
	ID             string `json:"id"`
	RoomID         string `json:"roomId"`
	RoomSlug       string `json:"roomSlug"`
	Text           string `json:"text"`
	EditedAt       Time   `json:"editedAt"`
	EditedByUserID string `json:"editedByUserId"`
}

// ChatDelete asks to delete a message of the active room. History keeps its
// place, without its text and reactions.
type ChatDelete struct {
	MessageID string `json:"messageId"`
}

// ChatDeleted tells a room of a message that was deleted.
type ChatDeleted struct {
	ID              string `json:"id"`
	RoomID          string `json:"roomId"`
	RoomSlug        string `json:"roomSlug"`
	DeletedByUserID string `json:"deletedByUserId"`
	Ts              Time   `json:"ts"`
}

// ChatTyping says that the sender is writing in the active room; a client
// says so again every few seconds while that is so.
type ChatTyping struct{}

// Typing is chat.typing as the others get it. It holds for a few seconds.
type Typing struct {
	UserID   string `json:"userId"`
	UserName string `json:"userName"`
	RoomSlug string `json:"roomSlug"`
}

// ChatRead moves the sender's read pointer of the message's room up to it;
// pointers never go back.
type ChatRead struct {
	MessageID string `json:"messageId"`
}

// RoomsActivity tells a user, and nobody else, what there is to read in a
// room. It comes after server.ready for each room with something unread, when
// a message is stored in a room that the socket does not view, and when any of
// the user's sockets has read. LastSeq is the room's newest roomSeq, ReadSeq
// how far the user has read, Unread the difference; Mentions are those of the
// unread messages that name him.
type RoomsActivity struct {
	RoomID        string `json:"roomId"`
	RoomSlug      string `json:"roomSlug"`
	LastMessageID string `json:"lastMessageId"`
	LastSeq       int64  `json:"lastSeq"`
	ReadSeq       int64  `json:"readSeq"`
	Unread        int64  `json:"unread"`
	Mentions      int64  `json:"mentions"`
}

// ChatReact puts an emoji on a message of the active room, or takes it off.
type ChatReact struct {
	MessageID string `json:"messageId"`
	Emoji     string `json:"emoji"`
	On        bool   `json:"on"`
}

// ChatReacted tells a room of a reaction that was put on or taken off; Count
// is how many users have this emoji on the message now.
type ChatReacted struct {
	ID       string `json:"id"`
	RoomID   string `json:"roomId"`
	RoomSlug string `json:"roomSlug"`
	Emoji    string `json:"emoji"`
	UserID   string `json:"userId"`
	On       bool   `json:"on"`
	Count    int    `json:"count"`
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
