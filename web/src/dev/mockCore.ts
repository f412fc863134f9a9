/**
 * A core in memory, for component tests and for looking at the pages. It is
 * never part of the app's bundle: only tests and src/dev import it.
 */
import { createStore } from "zustand/vanilla";
import { edit, react, remove } from "@/core/chat/changes";
import { allWays } from "@/core/check/ways";
import type {
  AccountState,
  ActivityState,
  ChatState,
  ConnectionCheck,
  ConnectionState,
  Core,
  Devices,
  Invite,
  Preferences,
  PresentUser,
  QualityTrace,
  Room,
  RoomsState,
  RoomTimeline,
  StatusState,
  TimelineItem,
  User,
  VoiceState,
} from "@/core/model";

/** What a mock core starts with; the rest has quiet defaults. */
export interface MockStart {
  account?: Partial<AccountState>;
  connection?: Partial<ConnectionState>;
  rooms?: Partial<RoomsState>;
  chat?: Partial<ChatState>;
  activity?: Partial<ActivityState>;
  voice?: Partial<VoiceState>;
  check?: Partial<ConnectionCheck>;
  devices?: Partial<Devices>;
  preferences?: Partial<Preferences>;
  users?: User[];
  invites?: Invite[];
  trace?: QualityTrace;
  archived?: Room[];
}

const T0 = "2026-11-01T09:00:00.000Z";

export function mockUser(id: string, name: string, role: User["role"] = "member"): User {
  return { id, name, role, createdAt: T0 };
}

export function mockRoom(slug: string, title: string): Room {
  return {
    id: `room-${slug}`,
    slug,
    title,
    isPublic: true,
    categoryId: null,
    position: 0,
    topologyPolicy: "auto",
    maxParticipants: 500,
    createdAt: T0,
    archivedAt: null,
  };
}

export function mockMessage(
  slug: string,
  seq: number,
  user: User,
  text: string,
  createdAt: string,
): TimelineItem {
  return {
    id: `${slug}-${seq}`,
    roomId: `room-${slug}`,
    roomSeq: seq,
    userId: user.id,
    userName: user.name,
    text,
    replyTo: null,
    createdAt,
    editedAt: null,
    deletedAt: null,
    reactions: [],
    state: "sent",
  };
}

/** A timeline that is loaded to both its ends. */
export function mockTimeline(items: TimelineItem[], more: Partial<RoomTimeline> = {}): RoomTimeline {
  return {
    items,
    hasMore: false,
    hasNewer: false,
    loading: false,
    loadingNewer: false,
    loaded: true,
    error: null,
    queued: items.filter((item) => item.state === "queued").length,
    lastSeq: items.at(-1)?.roomSeq ?? 0,
    originals: {},
    ...more,
  };
}

export function mockPresent(user: User, more: Partial<PresentUser> = {}): PresentUser {
  return {
    userId: user.id,
    userName: user.name,
    status: "online",
    inVoice: false,
    muted: false,
    deafened: false,
    ...more,
  };
}

/** Makes a core whose commands change only its own stores. */
export function mockCore(start: MockStart = {}): Core {
  const me = start.account?.user ?? mockUser("u-me", "Vera", "owner");
  const account = createStore<AccountState>(() => ({
    status: "signedIn",
    user: me,
    mode: {
      mode: "local",
      registration: "invite",
      guests: "invite",
      providers: [],
      needsOwner: false,
      needsSetupCode: false,
    },
    trouble: null,
    ...start.account,
  }));
  const connection = createStore<ConnectionState>(() => ({
    status: "online",
    retryAt: null,
    attempt: 0,
    ...start.connection,
  }));
  const rooms = createStore<RoomsState>(() => ({
    tree: { categories: [], uncategorized: [mockRoom("general", "General")] },
    error: null,
    presence: {},
    active: null,
    joining: null,
    ...start.rooms,
  }));
  const chat = createStore<ChatState>(() => ({ timelines: {}, typing: {}, ...start.chat }));
  const activity = createStore<ActivityState>(() => ({ rooms: {}, ...start.activity }));
  const status = createStore<StatusState>(() => ({ chosen: "online", shown: "online" }));
  const voice = createStore<VoiceState>(() => ({
    status: "idle",
    roomSlug: null,
    movingTo: null,
    topology: "sfu",
    participants: [],
    stage: [],
    muted: false,
    deafened: false,
    playbackBlocked: false,
    trouble: null,
    connectMs: null,
    stats: null,
    quality: null,
    marks: {},
    speakingByRoom: {},
    ...start.voice,
  }));
  const check = createStore<ConnectionCheck>(() => ({
    status: "idle",
    at: null,
    ways: allWays(),
    error: null,
    microphone: { state: "untried", peakDbfs: null, error: null, playing: false },
    version: "0.1.0",
    ...start.check,
  }));
  const devices = createStore<Devices>(() => ({
    inputs: [{ id: "mic-1", label: "Desk microphone" }],
    outputs: [{ id: "out-1", label: "Headphones" }],
    inputId: "default",
    outputId: "default",
    canChooseOutput: true,
    permission: "granted",
    ...start.devices,
  }));
  const preferences = createStore<Preferences>(() => ({
    theme: "dark",
    language: "en",
    inputMode: "voice",
    pttKey: "Space",
    voiceThreshold: -50,
    noiseSuppression: true,
    echoCancellation: true,
    autoGainControl: true,
    cues: true,
    hideAddress: false,
    membersOpen: true,
    status: "online",
    notifyMentions: false,
    ...start.preferences,
  }));
  let invites = start.invites ?? [];
  const users = start.users ?? [me];
  const signIn = (user: User) => {
    account.setState({ status: "signedIn", user });
    return Promise.resolve(user);
  };
  const timeline = (slug: string) => chat.getState().timelines[slug] ?? mockTimeline([]);
  const setItems = (slug: string, items: TimelineItem[]) =>
    chat.setState((c) => ({ timelines: { ...c.timelines, [slug]: { ...timeline(slug), items } } }));
  const change = (slug: string, id: string, apply: (item: TimelineItem) => TimelineItem) =>
    Promise.resolve(
      setItems(
        slug,
        timeline(slug).items.map((item) => (item.id === id ? apply(item) : item)),
      ),
    );
  const now = () => new Date().toISOString();
  return {
    account,
    connection,
    rooms,
    chat,
    activity,
    status,
    voice,
    check,
    devices,
    preferences,
    setStatus: (chosen) => status.setState({ chosen, shown: chosen }),
    crashed: () => {},
    start: () => Promise.resolve(),
    stop: () => {},
    auth: {
      register: (name) => signIn(mockUser("u-new", name)),
      login: (name) => signIn(mockUser("u-me", name)),
      guest: (name) => signIn(mockUser("u-guest", name, "guest")),
      logout: () => {
        account.setState({ status: "signedOut", user: null });
        return Promise.resolve();
      },
      sessions: () =>
        Promise.resolve([
          {
            id: "s1",
            createdAt: T0,
            lastSeenAt: T0,
            userAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0",
            current: true,
          },
          {
            id: "s2",
            createdAt: T0,
            lastSeenAt: T0,
            userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Safari/605",
            current: false,
          },
        ]),
      revokeSession: () => Promise.resolve(),
    },
    invites: {
      create: (maxUses, expiresAt) => {
        const invite = {
          code: `code${invites.length + 1}`,
          url: "",
          maxUses: maxUses ?? null,
          uses: 0,
          expiresAt: expiresAt ?? null,
        };
        invites = [...invites, invite];
        return Promise.resolve(invite);
      },
      list: () => Promise.resolve(invites),
      remove: (code) => {
        invites = invites.filter((invite) => invite.code !== code);
        return Promise.resolve();
      },
    },
    admin: {
      createRoom: (slug, title) => {
        const room = mockRoom(slug, title);
        rooms.setState((r) => ({
          tree: r.tree && { ...r.tree, uncategorized: [...r.tree.uncategorized, room] },
        }));
        return Promise.resolve(room);
      },
      updateRoom: (id) => Promise.resolve(mockRoom(id, id)),
      deleteRoom: () => Promise.resolve(),
      archivedRooms: () => Promise.resolve(start.archived ?? []),
      createCategory: (slug, title) => Promise.resolve({ id: slug, slug, title, position: 0, channels: [] }),
      updateCategory: (id, change) =>
        Promise.resolve({ id, slug: id, title: id, position: 0, channels: [], ...change }),
      deleteCategory: () => Promise.resolve(),
      users: () => Promise.resolve(users),
      promote: (id, role) =>
        Promise.resolve({ ...mockUser(id, users.find((u) => u.id === id)?.name ?? id), role }),
    },
    room: {
      open: (slug) => {
        rooms.setState({ active: slug });
        chat.setState((c) => ({ timelines: { ...c.timelines, [slug]: timeline(slug) } }));
        return Promise.resolve();
      },
      reloadTree: () => Promise.resolve(),
    },
    messages: {
      send: (slug, text) => {
        const { items } = timeline(slug);
        setItems(slug, [...items, mockMessage(slug, items.length + 1, me, text, new Date().toISOString())]);
      },
      retry: (slug, key) =>
        setItems(
          slug,
          timeline(slug).items.map((item) => (item.key === key ? { ...item, state: "sending" } : item)),
        ),
      discard: (slug, key) =>
        setItems(
          slug,
          timeline(slug).items.filter((item) => item.key !== key),
        ),
      loadOlder: () => Promise.resolve(),
      loadNewer: () => Promise.resolve(),
      jump: (slug, target) => {
        const { items } = timeline(slug);
        if (target === "latest") return Promise.resolve(items.at(-1)?.id ?? null);
        const found = items.find((item) =>
          "messageId" in target
            ? item.id === target.messageId
            : "seq" in target
              ? item.roomSeq >= target.seq
              : new Date(item.createdAt) >= target.date,
        );
        return Promise.resolve(found?.id ?? null);
      },
      loadOriginal: () => {},
      following: () => {},
      edit: (slug, id, text) => change(slug, id, edit(text, now())),
      remove: (slug, id) => change(slug, id, remove(now())),
      react: (slug, id, emoji, on) => change(slug, id, react(emoji, on)),
      typing: () => {},
      read: (slug) =>
        activity.setState(({ rooms: all }) => {
          const room = all[slug];
          return room
            ? { rooms: { ...all, [slug]: { ...room, readSeq: room.lastSeq, unread: 0, mentions: 0 } } }
            : {};
        }),
      onMention: () => () => {},
    },
    call: {
      join: (slug) => {
        const self = {
          userId: me.id,
          userName: me.name,
          csrc: 1,
          muted: false,
          deafened: false,
          volume: 1,
          self: true,
        };
        voice.setState({ status: "connected", roomSlug: slug, participants: [self] });
        return Promise.resolve();
      },
      leave: () => {
        voice.setState({ status: "idle", roomSlug: null, participants: [] });
        return Promise.resolve();
      },
      setMuted: (muted) => voice.setState({ muted }),
      setDeafened: (deafened) => voice.setState({ deafened }),
      setVolume: (userId, volume) =>
        voice.setState((v) => ({
          participants: v.participants.map((p) => (p.userId === userId ? { ...p, volume } : p)),
        })),
      setOnStage: (userId, on) => {
        voice.setState(({ stage }) => ({
          stage: on ? [...stage, userId] : stage.filter((id) => id !== userId),
        }));
        return Promise.resolve();
      },
      unblockPlayback: () => {
        voice.setState({ playbackBlocked: false });
        return Promise.resolve();
      },
      dismissTrouble: () => voice.setState({ trouble: null }),
      setTalking: () => {},
      trace: () => start.trace ?? null,
      onLevels: (listener) => {
        const timer = setInterval(() => {
          const heard = voice
            .getState()
            .participants.filter((p) => !p.muted)
            .slice(0, 2);
          listener(new Map(heard.map((p, i) => [p.userId, 0.12 + 0.1 * i])));
        }, 60);
        return () => clearInterval(timer);
      },
    },
    media: {
      refreshDevices: () => Promise.resolve(),
      setInput: (id) => Promise.resolve(devices.setState({ inputId: id })),
      setOutput: (id) => Promise.resolve(devices.setState({ outputId: id })),
      meter: (listener) => {
        const timer = setInterval(() => listener(-38), 60);
        return Promise.resolve(() => clearInterval(timer));
      },
      testSound: () => {},
    },
    checks: {
      start: () => Promise.resolve(check.setState({ status: "running" })),
      stop: () => check.setState({ status: "done" }),
      leave: () => {},
      meter: (listener) => {
        const timer = setInterval(() => listener(-38), 60);
        return Promise.resolve(() => clearInterval(timer));
      },
      record: () => Promise.resolve(),
      play: () => Promise.resolve(),
    },
    setPreference: (key, value) => preferences.setState({ [key]: value } as Partial<Preferences>),
  };
}
