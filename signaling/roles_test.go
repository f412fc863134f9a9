package signaling

import (
	"testing"

	"github.com/boltorezka/boltorezka/signaling/wire"
)

var allRoles = []wire.Role{wire.RoleGuest, wire.RoleMember, wire.RoleModerator, wire.RoleAdmin, wire.RoleOwner}

// leastRole is who may send what, as the contract has it, and not as the code
// does.
var leastRole = map[string]wire.Role{
	"ping": wire.RoleGuest, "room.join": wire.RoleGuest, "room.leave": wire.RoleGuest, "presence.status": wire.RoleGuest,
	"chat.send": wire.RoleGuest, "chat.edit": wire.RoleGuest, "chat.delete": wire.RoleGuest, "chat.react": wire.RoleGuest,
	"chat.typing": wire.RoleGuest, "chat.read": wire.RoleGuest,
	"voice.join": wire.RoleGuest, "voice.leave": wire.RoleGuest, "voice.ignore": wire.RoleGuest, "voice.ready": wire.RoleGuest,
	"voice.stats": wire.RoleGuest, "voice.stage": wire.RoleModerator, "sfu.offer": wire.RoleGuest, "sfu.ice": wire.RoleGuest,
	"call.mic_state": wire.RoleGuest, "call.video_state": wire.RoleGuest, "call.offer": wire.RoleGuest, "call.answer": wire.RoleGuest,
	"call.ice": wire.RoleGuest, "call.reject": wire.RoleGuest, "call.hangup": wire.RoleGuest, "call.failed": wire.RoleGuest,
}

// TestRolesCellByCell sends every type as every role, and deletes everybody's
// message as every role.
func TestRolesCellByCell(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for _, typ := range Types() {
			if leastRole[typ] == "" {
				t.Errorf("nobody has decided who may send %s", typ)
			}
		}
		for _, role := range allRoles {
			for typ, least := range leastRole {
				p := w.connect("a-"+string(role), role)
				_, nack := p.reply(p.send(typ, nil))
				refused := nack != nil && nack.Code == wire.CodeForbidden
				if unknown := nack != nil && nack.Code == wire.CodeUnknownEvent; unknown || refused != (role.Rank() < least.Rank()) {
					t.Errorf("%s as %s: %+v", typ, role, nack)
				}
				_ = p.Close(1000, "")
			}
		}
		author := w.connect("author", wire.RoleOwner)
		author.join("general")
		for _, role := range allRoles {
			p := w.connect("deletes-"+string(role), role)
			p.join("general")
			theirs, own := author.say("theirs"), p.say("own")
			p.ok(wire.TypeChatDelete, wire.ChatDelete{MessageID: own})
			_, nack := p.reply(p.send(wire.TypeChatDelete, wire.ChatDelete{MessageID: theirs}))
			if may := nack == nil; may != (role.Rank() >= wire.RoleModerator.Rank()) {
				t.Errorf("deleting others' messages as %s: %+v", role, nack)
			}
			// Others' words are changed by nobody.
			p.refused(wire.CodeForbidden, wire.TypeChatEdit, wire.ChatEdit{MessageID: author.say("more"), Text: "x"})
		}
	})
}

// Rooms that a role does not see are not there for it, in every way.
func TestRolesAndPrivateRooms(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for _, role := range allRoles {
			p := w.connect("p-"+string(role), role)
			for _, typ := range []string{wire.TypeRoomJoin, wire.TypeVoiceJoin} {
				_, nack := p.reply(p.send(typ, wire.RoomJoin{RoomSlug: "staff"}))
				hidden := nack != nil && nack.Code == wire.CodeRoomNotFound
				if hidden != (role == wire.RoleGuest) {
					t.Errorf("%s of a private room as %s: %+v", typ, role, nack)
				}
			}
		}
	})
}
