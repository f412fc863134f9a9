// Made by scripts/wire-types.mjs from docs/api; do not edit.
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description AuthMode is the answer of GET /v1/auth/mode. NeedsOwner is true until the first account exists; NeedsSetupCode is then true when this caller must give the setup code that the server printed. */
        AuthMode: {
            /**
             * @description off, invite, open
             * @enum {string}
             */
            guests: "off" | "invite" | "open";
            /**
             * @description local, sso
             * @enum {string}
             */
            mode: "local" | "sso";
            needsOwner: boolean;
            needsSetupCode: boolean;
            providers: components["schemas"]["AuthProvider"][];
            /**
             * @description open, invite, closed
             * @enum {string}
             */
            registration: "open" | "invite" | "closed";
        };
        /** @description AuthProvider is one way to sign in elsewhere. */
        AuthProvider: {
            id: string;
            name: string;
        };
        /** @description Category groups rooms in the tree. */
        Category: {
            channels: components["schemas"]["Room"][];
            id: string;
            position: number;
            slug: string;
            title: string;
        };
        /** @description CategoryAnswer is the answer of POST and PATCH /v1/room-categories. */
        CategoryAnswer: {
            category: components["schemas"]["Category"];
        };
        /** @description CategoryPatch changes a category: what is nil stays. */
        CategoryPatch: {
            position?: number;
            title?: string;
        };
        /** @description Cleared is the answer of DELETE /v1/rooms/:id/messages. */
        Cleared: {
            deletedCount: number;
            ok: boolean;
            roomId: string;
        };
        /**
         * @description Code names what was wrong with a request, in nacks and in HTTP errors. Codes are part of the contract: clients branch on them, so their spelling never changes.
         * @enum {string}
         */
        Code: "Conflict" | "DeleteWindowExpired" | "EditWindowExpired" | "Forbidden" | "Internal" | "InvalidTicket" | "MessageNotFound" | "MethodNotAllowed" | "MissingTicket" | "NegotiationFailed" | "NoActiveRoom" | "NoRelay" | "NotFound" | "NotInVoice" | "RateLimited" | "RoomFull" | "RoomNotFound" | "SsoOnly" | "SsoUnavailable" | "StaleEpoch" | "TargetNotInRoom" | "TooLarge" | "Unauthorized" | "UnknownEvent" | "UserNotFound" | "ValidationError";
        /** @description Cursor points at the oldest message of a history page. */
        Cursor: {
            /** Format: date-time */
            beforeCreatedAt: string;
            beforeId: string;
        };
        /** @description Guest asks for a session without an account. */
        Guest: {
            inviteCode?: string;
            name: string;
        };
        /** @description HTTPError is the body of every HTTP error. */
        HTTPError: {
            error: components["schemas"]["Code"];
            issues?: components["schemas"]["Issue"][];
            message: string;
        };
        /** @description Health is the answer of GET /health; Status is "ok" or "degraded". */
        Health: {
            checks: {
                [key: string]: string;
            };
            /** @enum {string} */
            status: "ok" | "degraded";
            /** Format: date-time */
            ts: string;
        };
        /** @description ICEServer is an RTCIceServer (W3C WebRTC section 4.2.4). */
        ICEServer: {
            credential?: string;
            urls: string[];
            username?: string;
        };
        /** @description Invite lets somebody in. */
        Invite: {
            code: string;
            expiresAt: string | null;
            maxUses: number | null;
            url: string;
            uses: number;
        };
        /** @description InviteAnswer is the answer of POST /v1/invites. */
        InviteAnswer: {
            invite: components["schemas"]["Invite"];
        };
        /** @description Invites is the answer of GET /v1/invites. */
        Invites: {
            invites: components["schemas"]["Invite"][];
        };
        /** @description Issue names one field that was wrong and what is accepted. */
        Issue: {
            field: string;
            message: string;
        };
        /** @description Login asks for a session. */
        Login: {
            name: string;
            password: string;
        };
        /** @description Me is the answer of GET /v1/auth/me. */
        Me: {
            user: components["schemas"]["User"];
        };
        /** @description Message is a stored chat message as history returns it. */
        Message: {
            /** Format: date-time */
            createdAt: string;
            deletedAt: string | null;
            editedAt: string | null;
            id: string;
            reactions: components["schemas"]["Reaction"][];
            replyTo: string | null;
            roomId: string;
            roomSeq: number;
            text: string;
            userId: string;
            userName: string;
        };
        /** @description MessagePage is the answer of GET /v1/rooms/:slug/messages. */
        MessagePage: {
            messages: components["schemas"]["Message"][];
            pagination: components["schemas"]["Pagination"];
            room: components["schemas"]["Room"];
        };
        /** @description NewCategory asks for a room category. */
        NewCategory: {
            position?: number;
            slug: string;
            title: string;
        };
        /** @description NewInvite asks for an invite; nil MaxUses or ExpiresAt mean no limit. */
        NewInvite: {
            /** Format: date-time */
            expiresAt?: string;
            maxUses?: number;
        };
        /** @description NewRoom asks for a room; Slug matches ^[a-z0-9-]{3,48}$ and Title has 3 to 120 characters. Zero values take the server's defaults. */
        NewRoom: {
            categoryId?: string;
            isPublic?: boolean;
            maxParticipants?: number;
            position?: number;
            slug: string;
            title: string;
            topologyPolicy?: components["schemas"]["TopologyPolicy"];
        };
        /** @description OK is the answer of calls that return nothing else. */
        OK: {
            ok: boolean;
        };
        /** @description Pagination says whether there is more history and where it begins. */
        Pagination: {
            hasMore: boolean;
            nextCursor: components["schemas"]["Cursor"] | null;
        };
        /** @description Promote asks for another role. */
        Promote: {
            role: components["schemas"]["Role"];
        };
        /** @description Reaction counts one emoji on a message. */
        Reaction: {
            count: number;
            emoji: string;
            mine: boolean;
        };
        /** @description Register asks for an account. */
        Register: {
            inviteCode?: string;
            name: string;
            password: string;
            setupCode?: string;
        };
        /**
         * @description Role is what a user may do on the server; roles are ordered, see Rank.
         * @enum {string}
         */
        Role: "admin" | "guest" | "member" | "moderator" | "owner";
        /** @description Room is a place to talk: text and voice in one. */
        Room: {
            archivedAt: string | null;
            categoryId: string | null;
            /** Format: date-time */
            createdAt: string;
            id: string;
            isPublic: boolean;
            maxParticipants: number;
            position: number;
            slug: string;
            title: string;
            topologyPolicy: components["schemas"]["TopologyPolicy"];
        };
        /** @description RoomAnswer is the answer of POST and PATCH /v1/rooms. */
        RoomAnswer: {
            room: components["schemas"]["Room"];
        };
        /** @description RoomPatch changes a room: what is nil stays. An empty CategoryID takes the room out of its category; Archived sets or clears ArchivedAt. */
        RoomPatch: {
            archived?: boolean;
            categoryId?: string;
            isPublic?: boolean;
            maxParticipants?: number;
            position?: number;
            title?: string;
            topologyPolicy?: components["schemas"]["TopologyPolicy"];
        };
        /** @description Rooms is the answer of GET /v1/rooms. */
        Rooms: {
            rooms: components["schemas"]["Room"][];
        };
        /** @description Session is one signed-in device. */
        Session: {
            /** Format: date-time */
            createdAt: string;
            current: boolean;
            id: string;
            /** Format: date-time */
            lastSeenAt: string;
            userAgent: string;
        };
        /** @description Sessions is the answer of GET /v1/sessions. */
        Sessions: {
            sessions: components["schemas"]["Session"][];
        };
        /** @description SignedIn is the answer of register, login, guest and refresh. A request that carried Origin gets a cookie and no Token. */
        SignedIn: {
            token?: string;
            user: components["schemas"]["User"];
        };
        /** @description TelemetryEvent is what the web app reports of itself. */
        TelemetryEvent: {
            event: string;
            level?: string;
            meta?: Record<string, never>;
        };
        /** @description TelemetrySummary is the answer of GET /v1/telemetry/summary: the KPIs of one UTC day (2006-01-02). */
        TelemetrySummary: {
            /** Format: date */
            day: string;
            metrics: {
                [key: string]: number;
            };
        };
        /** @description Ticket is the answer of GET /v1/auth/ws-ticket; it can be used once. */
        Ticket: {
            expiresInSec: number;
            ticket: string;
        };
        /**
         * @description TopologyPolicy says how a room's voice may be carried.
         * @enum {string}
         */
        TopologyPolicy: "auto" | "sfu";
        /** @description Tree is the answer of GET /v1/rooms/tree. */
        Tree: {
            categories: components["schemas"]["Category"][];
            uncategorized: components["schemas"]["Room"][];
        };
        /** @description User is an account as others see it. */
        User: {
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: date-time
             * @description DisabledAt is since when the account cannot sign in; absent: it can.
             */
            disabledAt?: string;
            id: string;
            name: string;
            role: components["schemas"]["Role"];
        };
        /** @description UserAnswer is the answer of POST /v1/admin/users/:id/promote. */
        UserAnswer: {
            user: components["schemas"]["User"];
        };
        /** @description Users is the answer of GET /v1/admin/users. */
        Users: {
            users: components["schemas"]["User"][];
        };
        /** @description Version is the answer of GET /version. */
        Version: {
            builtAt: string;
            commit: string;
            version: string;
        };
        /** @description VoiceTest answers POST /v1/voice/tests: a place on the SFU where the caller's own sessions hear each other, and nobody else is. It is no room: nobody sees it, and it is no call for the KPIs. */
        VoiceTest: {
            /** @description Seconds after which the test ends by itself, its sessions and its TURN credentials with it. */
            expiresInSec: number;
            iceServers: components["schemas"]["ICEServer"][];
            id: string;
            /** @description How many people in a room may talk directly on this server; 0: nobody. */
            p2pMax: number;
        };
        /** @description VoiceTestAnswer is the whole SDP answer, with the server's candidates. */
        VoiceTestAnswer: {
            sdp: string;
        };
        /** @description VoiceTestOffer is a whole SDP offer of one session of a test: a sendonly line to be heard, recvonly lines to hear. It can be sent before there are candidates: the server takes a client's addresses from its checks (RFC 8445). */
        VoiceTestOffer: {
            sdp: string;
        };
        /** @description Ack says that a request took effect. Which of the optional fields are set depends on EventType; Ts is Unix milliseconds. */
        Ack: {
            duplicate?: boolean;
            eventType: string;
            idempotencyKey?: string;
            messageId?: string;
            /** @description RelayedTo counts the sockets that a relayed message was handed to. */
            relayedTo?: number;
            requestId: string;
            roomId?: string;
            roomSlug?: string;
            ts: number;
        };
        /** @description CallEnd is call.reject and call.hangup as a client sends them. */
        CallEnd: {
            epoch?: number;
            reason?: string;
            targetUserId?: string;
        };
        /** @description CallFailed says that a pair cannot connect or has lost its media. */
        CallFailed: {
            epoch: number;
            reason: string;
            targetUserId: string;
        };
        /** @description CallSignal is call.offer, call.answer and call.ice as a client sends them. Without TargetUserID it goes to all others of the room; without Epoch nothing is stale. */
        CallSignal: {
            epoch?: number;
            signal: unknown;
            targetUserId?: string;
        };
        /** @description ChatDelete asks to delete a message of the active room. History keeps its place, without its text and reactions. */
        ChatDelete: {
            messageId: string;
        };
        /** @description ChatDeleted tells a room of a message that was deleted. */
        ChatDeleted: {
            deletedByUserId: string;
            id: string;
            roomId: string;
            roomSlug: string;
            /** Format: date-time */
            ts: string;
        };
        /** @description ChatEdit asks to replace the text of an own message of the active room. */
        ChatEdit: {
            messageId: string;
            text: string;
        };
        /** @description ChatEdited tells a room of a message's new text. */
        ChatEdited: {
            /** Format: date-time */
            editedAt: string;
            editedByUserId: string;
            id: string;
            roomId: string;
            roomSlug: string;
            text: string;
        };
        /** @description ChatMessage is the event that every socket in the room gets once a message is stored. SenderRequestID is the requestId of the chat.send it came from. */
        ChatMessage: {
            /** Format: date-time */
            createdAt: string;
            id: string;
            /** @description Mentions are the ids of those whom the text names with @; absent: nobody. */
            mentions?: string[];
            replyTo?: string;
            roomId: string;
            roomSeq: number;
            roomSlug: string;
            senderRequestId: string;
            text: string;
            userId: string;
            userName: string;
        };
        /** @description ChatReact puts an emoji on a message of the active room, or takes it off. */
        ChatReact: {
            emoji: string;
            messageId: string;
            on: boolean;
        };
        /** @description ChatReacted tells a room of a reaction that was put on or taken off; Count is how many users have this emoji on the message now. */
        ChatReacted: {
            count: number;
            emoji: string;
            id: string;
            on: boolean;
            roomId: string;
            roomSlug: string;
            userId: string;
        };
        /** @description ChatRead moves the sender's read pointer of the message's room up to it; pointers never go back. */
        ChatRead: {
            messageId: string;
        };
        /** @description ChatSend asks to store a message in the active room. */
        ChatSend: {
            replyTo?: string;
            text: string;
        };
        /** @description ChatTyping says that the sender is writing in the active room; a client says so again every few seconds while that is so. */
        ChatTyping: Record<string, never>;
        /**
         * @description DownlinkLayer is the layer that a listener is sent.
         * @enum {string}
         */
        DownlinkLayer: "high" | "low" | "none";
        /** @description DownlinkQuality is what a listener is sent. Redundancy is how many earlier frames each packet repeats (RFC 2198), 0 to 3; FrameMs how long a packet's audio is; Slots how many talkers he hears at a time. LossPct is of the last seconds, before anything was repaired; EstimateBps what the path carries, in bit/s, 0 while that is not known. Reason is why the latest step was taken. */
        DownlinkQuality: {
            estimateBps: number;
            frameMs: number;
            layer: components["schemas"]["DownlinkLayer"];
            lossPct: number;
            reason: string;
            redundancy: number;
            slots: number;
            state: components["schemas"]["DownlinkState"];
        };
        /**
         * @description DownlinkState says how well a listener's downlink carries what he is sent.
         * @enum {string}
         */
        DownlinkState: "fair" | "good" | "lost" | "poor";
        /** @description ErrorPayload is the payload of an error envelope, sent before a refusal closes the socket and for input that no request id can be read from. */
        ErrorPayload: {
            code: components["schemas"]["Code"];
            message: string;
        };
        /** @description ICECandidate is an RTCIceCandidateInit (W3C WebRTC section 4.8.1). */
        ICECandidate: {
            candidate: string;
            sdpMLineIndex?: number;
            sdpMid?: string;
            usernameFragment?: string;
        };
        /**
         * @description ICETransportPolicy is an RTCIceTransportPolicy.
         * @enum {string}
         */
        ICETransportPolicy: "all" | "relay";
        /** @description InitialState is the payload of call.initial_state: the last word of each participant about microphone and camera. */
        InitialState: {
            participants: components["schemas"]["InitialStateParticipant"][];
            roomSlug: string;
        };
        /** @description InitialStateParticipant is one participant of InitialState. */
        InitialStateParticipant: {
            mic?: components["schemas"]["MicState"];
            userId: string;
            video?: components["schemas"]["VideoState"];
        };
        /**
         * @description Layer is one of a microphone's two encodings.
         * @enum {string}
         */
        Layer: "high" | "low";
        /**
         * @description LeaveReason says why somebody is no longer in voice.
         * @enum {string}
         */
        LeaveReason: "disconnected" | "kicked" | "left" | "moved" | "roomClosed";
        /** @description MicState is call.mic_state: what a participant says of his microphone. AudioMuted means deafened. */
        MicState: {
            audioMuted: boolean;
            muted: boolean;
            speaking: boolean;
        };
        /** @description Nack says why a request had no effect; Ts is Unix milliseconds. */
        Nack: {
            code: components["schemas"]["Code"];
            eventType: string;
            issues?: components["schemas"]["Issue"][];
            message: string;
            requestId: string;
            retryAfterMs?: number;
            ts: number;
        };
        /** @description Participant is somebody in a room's voice. CSRC is nonzero and his for the whole voice session: it is the only CSRC of the audio he is heard by (RFC 3550 section 5.1). */
        Participant: {
            csrc: number;
            deafened: boolean;
            muted: boolean;
            userId: string;
            userName: string;
        };
        /** @description Ping is a client's sign of life. */
        Ping: {
            /** @description Seq is of the last event that the client took in: a resume from before it is not possible any more. Left out, the server keeps what it may be asked for. */
            seq?: number;
        };
        /** @description Pong answers a ping; Ts is Unix milliseconds. */
        Pong: {
            ts: number;
        };
        /** @description PresenceChange is the payload of presence.joined and presence.left. */
        PresenceChange: {
            presenceCount: number;
            roomSlug: string;
            userId: string;
            userName: string;
        };
        /**
         * @description PresenceStatus is what a user says of himself.
         * @enum {string}
         */
        PresenceStatus: "dnd" | "idle" | "online";
        /** @description PresentUser is one user in a room: viewing it, in its voice, or both. */
        PresentUser: {
            deafened: boolean;
            inVoice: boolean;
            muted: boolean;
            status: components["schemas"]["PresenceStatus"];
            userId: string;
            userName: string;
        };
        /** @description Ready is the payload of server.ready, the first event of a session (seq 1). */
        Ready: {
            /** Format: date-time */
            connectedAt: string;
            heartbeatSec: number;
            resumeWindowSec: number;
            sessionId: string;
            userId: string;
            userName: string;
        };
        /** @description RelayedCall is call.offer, call.answer, call.ice, call.reject and call.hangup as the target gets them. */
        RelayedCall: {
            epoch?: number;
            fromUserId: string;
            fromUserName: string;
            reason?: string;
            roomId: string;
            roomSlug: string;
            signal?: unknown;
            targetUserId?: string;
            /** Format: date-time */
            ts: string;
        };
        /** @description RelayedMicState is call.mic_state as others get it. */
        RelayedMicState: {
            audioMuted: boolean;
            fromUserId: string;
            fromUserName: string;
            muted: boolean;
            roomId: string;
            roomSlug: string;
            speaking: boolean;
            /** Format: date-time */
            ts: string;
        };
        /** @description RelayedVideoState is call.video_state as others get it. */
        RelayedVideoState: {
            fromUserId: string;
            fromUserName: string;
            roomId: string;
            roomSlug: string;
            settings: Record<string, never>;
            /** Format: date-time */
            ts: string;
        };
        /** @description Resumed is the payload of server.resumed; it has no seq of its own. */
        Resumed: {
            replayed: number;
            sessionId: string;
        };
        /** @description RoomJoin asks to view a room. */
        RoomJoin: {
            roomSlug: string;
        };
        /** @description RoomJoined answers RoomJoin. */
        RoomJoined: {
            mediaTopology: components["schemas"]["Topology"];
            roomId: string;
            roomSlug: string;
            roomTitle: string;
        };
        /** @description RoomLeft answers room.leave. */
        RoomLeft: {
            roomId: string;
            roomSlug: string;
        };
        /** @description RoomPresence lists who is in a room; it is also an element of RoomsPresence. */
        RoomPresence: {
            mediaTopology: components["schemas"]["Topology"];
            roomId: string;
            roomSlug: string;
            users: components["schemas"]["PresentUser"][];
        };
        /** @description RoomPresenceChange is the payload of rooms.presence_changed: what is different from what was told of the room before. Users are new or not what they were, Left (user ids) are there no more. */
        RoomPresenceChange: {
            left: string[];
            mediaTopology: components["schemas"]["Topology"];
            roomId: string;
            roomSlug: string;
            users: components["schemas"]["PresentUser"][];
        };
        /** @description RoomsActivity tells a user, and nobody else, what there is to read in a room. It comes after server.ready for each room with something unread, when a message is stored in a room that the socket does not view, and when any of the user's sockets has read. LastSeq is the room's newest roomSeq, ReadSeq how far the user has read, Unread the difference; Mentions are those of the unread messages that name him. */
        RoomsActivity: {
            lastMessageId: string;
            lastSeq: number;
            mentions: number;
            readSeq: number;
            roomId: string;
            roomSlug: string;
            unread: number;
        };
        /** @description RoomsChanged is the payload of rooms.changed: the tree of rooms is not what it was; GET /v1/rooms/tree has the new one. */
        RoomsChanged: Record<string, never>;
        /** @description RoomsPresence is the whole visible tree, sent after server.ready. */
        RoomsPresence: {
            rooms: components["schemas"]["RoomPresence"][];
        };
        /** @description SFUAnswer answers SFUOffer. */
        SFUAnswer: {
            epoch: number;
            iceServers?: components["schemas"]["ICEServer"][];
            sdp: string;
        };
        /** @description SFUICE carries one candidate; a nil Candidate ends them. */
        SFUICE: {
            candidate: components["schemas"]["ICECandidate"] | null;
            epoch: number;
        };
        /** @description SFUInfo tells a client about the SFU: it makes AudioSlots recvonly lines. */
        SFUInfo: {
            audioSlots: number;
        };
        /** @description SFUOffer is a client's offer to the SFU; offering again is an ICE restart or a change of its own tracks. */
        SFUOffer: {
            epoch: number;
            sdp: string;
            tracks?: components["schemas"]["Track"][];
        };
        /** @description SetStatus is the payload of presence.status. */
        SetStatus: {
            status: components["schemas"]["PresenceStatus"];
        };
        /** @description Slot says whose voice a slot carries; UserID is nil for an empty one. */
        Slot: {
            mid: string;
            slot: number;
            userId: string | null;
        };
        /**
         * @description Topology is how a room's voice is carried now.
         * @enum {string}
         */
        Topology: "p2p" | "sfu";
        /**
         * @description TopologyPhase is a step of a room's change between P2P and SFU.
         * @enum {string}
         */
        TopologyPhase: "abort" | "commit" | "prepare";
        /** @description Track names one sending m-line of an offer. */
        Track: {
            layer?: components["schemas"]["Layer"];
            mid: string;
            source: components["schemas"]["TrackSource"];
        };
        /**
         * @description TrackSource says what a track carries.
         * @enum {string}
         */
        TrackSource: "camera" | "mic" | "screen" | "screenAudio";
        /** @description Typing is chat.typing as the others get it. It holds for a few seconds. */
        Typing: {
            roomSlug: string;
            userId: string;
            userName: string;
        };
        /** @description UplinkQuality is what a client should send: Layers are those that somebody wants (none for a moment where a queue on the way is to empty), MaxBitrate is the high layer's in bit/s and LowMaxBitrate the low one's (absent: 16000; less while somebody's path carries no more), Redundancy how many earlier frames a packet should repeat, FrameMs how long a packet's audio should be, where the client can. LossPct is what is lost on the way to the server: 100 when nothing comes of a microphone that is on, so that who is sending to the server then knows that his path is dead. */
        UplinkQuality: {
            frameMs: number;
            layers: components["schemas"]["Layer"][];
            lossPct: number;
            lowMaxBitrate?: number;
            maxBitrate: number;
            redundancy: number;
        };
        /** @description VideoState is call.video_state; Settings is the client's own JSON object. */
        VideoState: {
            settings: Record<string, never>;
        };
        /** @description VoiceIgnore is the whole list of those whom a listener does not want. */
        VoiceIgnore: {
            userIds: string[];
        };
        /** @description VoiceJoin asks to take part in a room's voice. */
        VoiceJoin: {
            deafened: boolean;
            muted: boolean;
            /** @description P2P says that this client can do pairs and lets others see its address. */
            p2p?: boolean;
            /** @description RelayOnly says that no participant is to learn this client's address: it reaches the SFU by TURN, the room stays on the SFU, and signals of pairs go neither from it nor to it. It overrides P2P. NoRelay where there is no TURN. */
            relayOnly?: boolean;
            roomSlug: string;
        };
        /** @description VoiceJoined answers VoiceJoin. Epoch is the one of the SFU session: it goes into sfu.offer and sfu.ice and does not age with the topology. */
        VoiceJoined: {
            csrc: number;
            epoch: number;
            iceServers: components["schemas"]["ICEServer"][];
            iceTransportPolicy: components["schemas"]["ICETransportPolicy"];
            participants: components["schemas"]["Participant"][];
            roomId: string;
            roomSlug: string;
            sfu: components["schemas"]["SFUInfo"];
            topology: components["schemas"]["Topology"];
        };
        /** @description VoiceLeft tells a client that its voice session has ended. */
        VoiceLeft: {
            reason: components["schemas"]["LeaveReason"];
            roomSlug: string;
        };
        /** @description VoiceOnStage says who is on a room's stage: on change, and after voice.joined unless it is nobody. Who leaves the room's voice leaves the stage. */
        VoiceOnStage: {
            roomSlug: string;
            userIds: string[];
        };
        /** @description VoiceParticipantJoined tells a room's others of a new participant. */
        VoiceParticipantJoined: {
            csrc: number;
            deafened: boolean;
            muted: boolean;
            roomSlug: string;
            userId: string;
            userName: string;
        };
        /** @description VoiceParticipantLeft tells a room's others that somebody has gone. */
        VoiceParticipantLeft: {
            reason: components["schemas"]["LeaveReason"];
            roomSlug: string;
            userId: string;
        };
        /** @description VoiceQuality is the server's word to one client in voice: what it is sent and why, and what it should send. It comes when that changes, and now and then while there is something to tell. */
        VoiceQuality: {
            downlink: components["schemas"]["DownlinkQuality"];
            uplink: components["schemas"]["UplinkQuality"];
        };
        /** @description VoiceReady says that all of a participant's pairs are connected. */
        VoiceReady: {
            epoch: number;
        };
        /** @description VoiceSlots says who is in this listener's slots, on change. */
        VoiceSlots: {
            slots: components["schemas"]["Slot"][];
        };
        /** @description VoiceSpeaking lists who speaks in a room, on change. */
        VoiceSpeaking: {
            roomSlug: string;
            userIds: string[];
        };
        /** @description VoiceStage is the whole list of those who are to be on the stage of the sender's room: they get an audio slot before all others. */
        VoiceStage: {
            userIds: string[];
        };
        /** @description VoiceStats is a client's report on its voice, every five seconds. Fields that the client cannot measure are absent. */
        VoiceStats: {
            candidateType?: string;
            concealedPct?: number;
            iceState?: string;
            jitterMs?: number;
            lossPct?: number;
            rttMs?: number;
            /** @description Transport is how the client's end of the path travels: udp or tcp, and to a relay also tls. */
            transport?: string;
        };
        /** @description VoiceTopology tells the room's participants of a change; Epoch counts the room's changes. */
        VoiceTopology: {
            epoch: number;
            phase: components["schemas"]["TopologyPhase"];
            reason: string;
            roomSlug: string;
            topology: components["schemas"]["Topology"];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;

/** The payloads of what a server sends, by type. */
export interface ServerMessages {
  "ack": components["schemas"]["Ack"];
  "call.answer": components["schemas"]["RelayedCall"];
  "call.hangup": components["schemas"]["RelayedCall"];
  "call.ice": components["schemas"]["RelayedCall"];
  "call.initial_state": components["schemas"]["InitialState"];
  "call.mic_state": components["schemas"]["RelayedMicState"];
  "call.offer": components["schemas"]["RelayedCall"];
  "call.reject": components["schemas"]["RelayedCall"];
  "call.video_state": components["schemas"]["RelayedVideoState"];
  "chat.deleted": components["schemas"]["ChatDeleted"];
  "chat.edited": components["schemas"]["ChatEdited"];
  "chat.message": components["schemas"]["ChatMessage"];
  "chat.reacted": components["schemas"]["ChatReacted"];
  "chat.typing": components["schemas"]["Typing"];
  "error": components["schemas"]["ErrorPayload"];
  "nack": components["schemas"]["Nack"];
  "pong": components["schemas"]["Pong"];
  "presence.joined": components["schemas"]["PresenceChange"];
  "presence.left": components["schemas"]["PresenceChange"];
  "room.joined": components["schemas"]["RoomJoined"];
  "room.left": components["schemas"]["RoomLeft"];
  "room.presence": components["schemas"]["RoomPresence"];
  "rooms.activity": components["schemas"]["RoomsActivity"];
  "rooms.changed": components["schemas"]["RoomsChanged"];
  "rooms.presence": components["schemas"]["RoomsPresence"];
  "rooms.presence_changed": components["schemas"]["RoomPresenceChange"];
  "server.ready": components["schemas"]["Ready"];
  "server.resumed": components["schemas"]["Resumed"];
  "sfu.answer": components["schemas"]["SFUAnswer"];
  "sfu.ice": components["schemas"]["SFUICE"];
  "voice.joined": components["schemas"]["VoiceJoined"];
  "voice.left": components["schemas"]["VoiceLeft"];
  "voice.participant_joined": components["schemas"]["VoiceParticipantJoined"];
  "voice.participant_left": components["schemas"]["VoiceParticipantLeft"];
  "voice.quality": components["schemas"]["VoiceQuality"];
  "voice.slots": components["schemas"]["VoiceSlots"];
  "voice.speaking": components["schemas"]["VoiceSpeaking"];
  "voice.stage": components["schemas"]["VoiceOnStage"];
  "voice.topology": components["schemas"]["VoiceTopology"];
}

/** The payloads of what a client sends, by type. */
export interface ClientMessages {
  "call.answer": components["schemas"]["CallSignal"];
  "call.failed": components["schemas"]["CallFailed"];
  "call.hangup": components["schemas"]["CallEnd"];
  "call.ice": components["schemas"]["CallSignal"];
  "call.mic_state": components["schemas"]["MicState"];
  "call.offer": components["schemas"]["CallSignal"];
  "call.reject": components["schemas"]["CallEnd"];
  "call.video_state": components["schemas"]["VideoState"];
  "chat.delete": components["schemas"]["ChatDelete"];
  "chat.edit": components["schemas"]["ChatEdit"];
  "chat.react": components["schemas"]["ChatReact"];
  "chat.read": components["schemas"]["ChatRead"];
  "chat.send": components["schemas"]["ChatSend"];
  "chat.typing": components["schemas"]["ChatTyping"];
  "ping": components["schemas"]["Ping"];
  "presence.status": components["schemas"]["SetStatus"];
  "room.join": components["schemas"]["RoomJoin"];
  "room.leave": Record<string, never>;
  "sfu.ice": components["schemas"]["SFUICE"];
  "sfu.offer": components["schemas"]["SFUOffer"];
  "voice.ignore": components["schemas"]["VoiceIgnore"];
  "voice.join": components["schemas"]["VoiceJoin"];
  "voice.leave": Record<string, never>;
  "voice.ready": components["schemas"]["VoiceReady"];
  "voice.stage": components["schemas"]["VoiceStage"];
  "voice.stats": components["schemas"]["VoiceStats"];
}
