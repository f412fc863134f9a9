import { CoreError, type RoomTree, type TimelineItem, type User } from "@/core/model";
import { badLine } from "./badLine";
import { type MockStart, mockMessage, mockPresent, mockRoom, mockTimeline, mockUser } from "./mockCore";

const me = mockUser("u-me", "Vera", "owner");
const names = [
  "Artyom Belov",
  "Mila",
  "jonas",
  "Nadia Petrova",
  "Oleg",
  "Sam Rivers",
  "Tanya",
  "Ulf",
  "Yana K.",
  "Zoë",
];
const people: User[] = names.map((name, i) =>
  mockUser(`u-${i}-${name}`, name, i === 0 ? "admin" : i > 7 ? "guest" : "member"),
);
const at = (i: number) => people[i % people.length] ?? me;

const tree: RoomTree = {
  uncategorized: [mockRoom("general", "General"), mockRoom("music", "Music & listening")],
  categories: [
    {
      id: "c1",
      slug: "work",
      title: "Workshop",
      position: 0,
      channels: [
        mockRoom("engine", "Voice engine"),
        mockRoom("design", "Design review"),
        mockRoom("ops", "Operations"),
      ],
    },
    {
      id: "c2",
      slug: "play",
      title: "Evenings",
      position: 1,
      channels: [mockRoom("games", "Games"), mockRoom("kitchen", "Kitchen table")],
    },
  ],
};

const lines = [
  "Morning! The build on the new box is green.",
  "Nice. How long does it take cold?",
  "About a minute and a half, most of it the race detector.",
  "I wrote the steps down here: https://example.org/notes/build (section 2).",
  "Joining voice in five minutes, coffee first.",
  "The jitter figure on the second listener looks off to me. It climbs while nobody talks, then falls back the moment somebody does; I would expect the opposite. Could be the way we count silent frames.",
  "Could be DTX.",
  "Right — with DTX there is a packet every 400 ms and the estimate drifts.",
  "ок, посмотрю вечером",
  "Спасибо!\nЗаодно проверю второй стенд.",
];

const items = Array.from({ length: 80 }, (_, i) => {
  const author = i % 7 < 2 ? at(0) : i % 7 < 3 ? me : at(i);
  const time = new Date(Date.now() - (80 - i) * 19 * 60_000);
  return mockMessage("general", i + 1, author, lines[i % lines.length] ?? "", time.toISOString());
});
const reply = items[76];
if (reply) reply.replyTo = "general-75";

/** One of each thing that a message can be. */
const talk = ((): TimelineItem[] => {
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const said = (i: number, who: User, text: string, minutes: number, more: Partial<TimelineItem> = {}) => ({
    ...mockMessage("general", 200 + i, who, text, ago(minutes)),
    ...more,
  });
  const liked = [
    { emoji: "👍", count: 4, mine: true },
    { emoji: "🎉", count: 2, mine: false },
    { emoji: "🚀", count: 1, mine: false },
  ];
  return [
    said(
      0,
      at(3),
      "**Release plan**, _as agreed_:\n1. freeze on Tuesday\n2. `make release`\n3. ~~pray~~ announce",
      190,
    ),
    said(
      1,
      at(1),
      "> freeze on Tuesday\n\nWorks for me. Details: [the checklist](https://example.org/list)",
      180,
    ),
    said(
      2,
      at(0),
      "```go\nfunc main() {\n\tlog.Fatal(serve(context.Background())) // a line that is rather long for a phone\n}\n```",
      175,
    ),
    said(3, me, "Looks right to me.", 61, { reactions: liked, replyTo: "general-202" }),
    said(4, at(4), "", 60, { deletedAt: ago(58) }),
    said(5, at(2), "@Vera can you look at the numbers? @Mila has them.", 31),
    said(6, me, "On it. They are better than I thought.", 8, { editedAt: ago(6) }),
    said(7, at(5), "Answer to something that is gone", 7, { replyTo: "gone" }),
    said(8, at(5), "- first\n- second\n  - nested\n- third", 6, {
      reactions: [{ emoji: "❤️", count: 1, mine: false }],
    }),
    said(9, me, "Thanks, all.", 2, { replyTo: "general-204" }),
  ];
})();

const voiceOf = [me, at(0), at(1), at(3)];
const presence = {
  general: {
    topology: "sfu" as const,
    users: [me, ...people].map((u, i) =>
      mockPresent(u, { inVoice: voiceOf.includes(u), muted: u === at(1), status: i > 7 ? "idle" : "online" }),
    ),
  },
  kitchen: {
    topology: "p2p" as const,
    users: [
      mockPresent(at(6), { inVoice: true }),
      mockPresent(at(7), { inVoice: true, muted: true, deafened: true }),
    ],
  },
};
const line = badLine(Date.now());
const call = {
  status: "connected" as const,
  roomSlug: "general",
  participants: voiceOf.map((u, i) => ({
    userId: u.id,
    userName: u.name,
    csrc: i + 1,
    muted: u === at(1),
    deafened: false,
    volume: 1,
    self: u === me,
  })),
  connectMs: 412,
  stats: line.stats,
  quality: {
    downlink: {
      state: "fair" as const,
      layer: "high" as const,
      redundancy: 1,
      frameMs: 20,
      slots: 4,
      lossPct: 0.6,
      estimateBps: 182_000,
      reason: "recovered",
    },
    uplink: {
      maxBitrate: 40_000,
      layers: ["high" as const, "low" as const],
      redundancy: 1,
      frameMs: 20,
      lossPct: 0.4,
    },
  },
  marks: {
    [me.id]: "fair" as const,
    [at(0).id]: "good" as const,
    [at(1).id]: "unknown" as const,
    [at(3).id]: "poor" as const,
  },
  speakingByRoom: { kitchen: [at(6).id] },
};

/** States of the app to look at, by name. */
export const scenes: Record<string, MockStart> = {
  full: {
    account: { user: me },
    rooms: { tree, presence },
    chat: { timelines: { general: mockTimeline(items) } },
    voice: call,
    trace: line.trace,
    users: [me, ...people],
    invites: [{ code: "k3v9-qm2t", url: "", maxUses: 5, uses: 2, expiresAt: "2026-12-01T10:00:00.000Z" }],
  },
  talk: {
    account: { user: { ...me, role: "member" } },
    rooms: { tree, presence },
    chat: {
      timelines: {
        general: mockTimeline([...items.slice(0, 40), ...talk], { originals: { gone: null } }),
      },
      typing: {
        general: [
          { userId: at(0).id, userName: at(0).name },
          { userId: at(1).id, userName: at(1).name },
        ],
      },
    },
    activity: {
      rooms: {
        music: { lastMessageId: "m", lastSeq: 9, readSeq: 4, unread: 5, mentions: 0 },
        design: { lastMessageId: "d", lastSeq: 9, readSeq: 1, unread: 8, mentions: 3 },
        general: { lastMessageId: "g", lastSeq: 209, readSeq: 36, unread: 14, mentions: 1 },
      },
    },
  },
  empty: {
    account: { user: me },
    rooms: { presence: { general: { topology: "sfu", users: [mockPresent(me)] } } },
  },
  trouble: {
    account: { user: me },
    rooms: { tree, presence },
    connection: { status: "reconnecting", retryAt: Date.now() + 60_000, attempt: 3 },
    chat: {
      timelines: {
        general: mockTimeline(
          [
            ...items.slice(-6),
            {
              ...mockMessage("general", 0, me, "Can you hear me now?", new Date().toISOString()),
              id: "p1",
              key: "p1",
              state: "failed",
              error: new CoreError("RateLimited", "", [], 4000),
            },
            {
              ...mockMessage("general", 0, me, "Writing this from the train.", new Date().toISOString()),
              id: "p2",
              key: "p2",
              state: "queued",
            },
          ],
          { hasMore: true, loading: true },
        ),
      },
    },
    voice: { trouble: new CoreError("MicrophoneDenied", "") },
  },
  loading: { account: { user: me }, rooms: { tree: null } },
  signedOut: { account: { status: "signedOut", user: null } },
  owner: {
    account: {
      status: "signedOut",
      user: null,
      mode: {
        mode: "local",
        registration: "invite",
        guests: "invite",
        providers: [],
        needsOwner: true,
        needsSetupCode: true,
      },
    },
  },
  unreachable: {
    account: { status: "unknown", user: null, mode: null, trouble: new CoreError("ServerUnreachable", "") },
  },
};
