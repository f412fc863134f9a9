// Package interop has no code of its own: its test lets WebRTC clients that
// were written elsewhere talk through a real server with ours.
package interop
