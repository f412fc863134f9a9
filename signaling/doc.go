// Package signaling owns what happens between people: sessions, rooms,
// presence, chat, voice membership, and whether a room's voice goes through
// the SFU or peer to peer.
//
// Who owns what:
//
//   - A session is one client's identity, its seq and its queue of outgoing
//     frames; a socket is the connection beneath it. Requests of a session are
//     handled one after another on the goroutine that called Hub.Serve, and one
//     writer goroutine empties the queue. Nobody ever waits for a queue: one
//     that is full ends its socket.
//   - A room has one loop, which owns its viewers, its voice members and its
//     topology, and one appender, which stores its messages in order and hands
//     them to the loop.
//   - The lobby is one loop that owns the registry of sessions and rooms and
//     sends the presence tree.
//
// Sessions wait for loops; loops wait for nobody. A room tells the lobby of
// changes, and the SFU tells a room, by marking and nudging: what was marked
// twice is handled once, and nothing is lost or blocked.
package signaling
