/** The core as the user interface holds it: stores to read, commands to give. */
import type { StoreApi } from "zustand/vanilla";
import type {
  AccountState,
  ActivityState,
  Category,
  ChatState,
  ConnectionCheck,
  ConnectionState,
  DeviceSession,
  Devices,
  Invite,
  JumpTarget,
  Mention,
  Preferences,
  PresenceStatus,
  QualityTrace,
  Role,
  Room,
  RoomsState,
  StatusState,
  User,
  VoiceState,
} from "./model";

/** A rejected promise of a command is always a CoreError. */
export interface Core {
  account: StoreApi<AccountState>;
  connection: StoreApi<ConnectionState>;
  rooms: StoreApi<RoomsState>;
  chat: StoreApi<ChatState>;
  activity: StoreApi<ActivityState>;
  status: StoreApi<StatusState>;
  voice: StoreApi<VoiceState>;
  check: StoreApi<ConnectionCheck>;
  devices: StoreApi<Devices>;
  preferences: StoreApi<Preferences>;

  /** Loads mode and me, and connects when signed in. */
  start(): Promise<void>;
  stop(): void;

  auth: {
    register(name: string, password: string, inviteCode?: string, setupCode?: string): Promise<User>;
    login(name: string, password: string): Promise<User>;
    guest(name: string, inviteCode?: string): Promise<User>;
    logout(): Promise<void>;
    sessions(): Promise<DeviceSession[]>;
    revokeSession(id: string): Promise<void>;
  };

  invites: {
    create(maxUses?: number, expiresAt?: string): Promise<Invite>;
    list(): Promise<Invite[]>;
    remove(code: string): Promise<void>;
  };

  admin: {
    createRoom(
      slug: string,
      title: string,
      options?: Partial<Pick<Room, "isPublic" | "categoryId" | "topologyPolicy" | "maxParticipants">>,
    ): Promise<Room>;
    updateRoom(
      id: string,
      change: {
        title?: string;
        isPublic?: boolean;
        categoryId?: string;
        position?: number;
        topologyPolicy?: "auto" | "sfu";
        maxParticipants?: number;
        archived?: boolean;
      },
    ): Promise<Room>;
    deleteRoom(id: string): Promise<void>;
    /** Rooms that were archived, newest first. */
    archivedRooms(): Promise<Room[]>;
    createCategory(slug: string, title: string): Promise<Category>;
    updateCategory(id: string, change: { title?: string; position?: number }): Promise<Category>;
    /** Its rooms stay, without a category. */
    deleteCategory(id: string): Promise<void>;
    users(): Promise<User[]>;
    promote(userId: string, role: Role): Promise<User>;
  };

  room: {
    /** Views a room: joins it, loads its newest history. */
    open(slug: string): Promise<void>;
    reloadTree(): Promise<void>;
  };

  /** The page has broken: told to the server, without what was on it. */
  crashed(reason: unknown): void;

  messages: {
    /** Shows at once as "sending" ("queued" while offline); never rejects. */
    send(slug: string, text: string, replyTo?: string): void;
    retry(slug: string, key: string): void;
    discard(slug: string, key: string): void;
    /** Loads the page before the oldest one. */
    loadOlder(slug: string): Promise<void>;
    /** Loads the page after the newest one, while there are newer ones. */
    loadNewer(slug: string): Promise<void>;
    /** Leads the timeline somewhere and answers the message that is there; null when there is none. */
    jump(slug: string, target: JumpTarget): Promise<string | null>;
    /** Loads a quoted message that is not in the timeline into its `originals`. */
    loadOriginal(slug: string, messageId: string): void;
    /** The end of the timeline is in view, so that its other end may be let go; or is not. */
    following(slug: string, atEnd: boolean): void;
    /** These three show at once and are undone when the server refuses. */
    edit(slug: string, messageId: string, text: string): Promise<void>;
    remove(slug: string, messageId: string): Promise<void>;
    react(slug: string, messageId: string, emoji: string, on: boolean): Promise<void>;
    /** The user is writing; it is told to others at most every three seconds. */
    typing(slug: string): void;
    /** The user has read up to the newest message that is known of the room. */
    read(slug: string): void;
    /** Calls back for each message that names us. Returns the stop. */
    onMention(listener: (mention: Mention) => void): () => void;
  };

  /** What others are to see of us; kept in the browser. */
  setStatus(status: PresenceStatus): void;

  call: {
    /** Joins voice in a room, moving there when already in another. */
    join(slug: string): Promise<void>;
    leave(): Promise<void>;
    setMuted(muted: boolean): void;
    setDeafened(deafened: boolean): void;
    setVolume(userId: string, volume: number): void;
    /** Puts somebody of our room's voice on the stage or takes him off it; for moderators and up. */
    setOnStage(userId: string, on: boolean): Promise<void>;
    unblockPlayback(): Promise<void>;
    dismissTrouble(): void;
    /** Push-to-talk pressed or released. */
    setTalking(talking: boolean): void;
    /**
     * How the call has been heard in the last two minutes, for the details panel;
     * null without one. It grows with every change of the voice store's `stats`.
     */
    trace(): QualityTrace | null;
    /**
     * Calls back at most 30 times a second with who is heard now: levels 0..1
     * (linear amplitude) by user id, from getContributingSources (SFU), getSynchronizationSources
     * (P2P) and the own input. Outside React on purpose. Returns the stop.
     */
    onLevels(listener: (levels: ReadonlyMap<string, number>) => void): () => void;
  };

  media: {
    /** Asks for the microphone (a preview) and lists the devices. */
    refreshDevices(ask?: boolean): Promise<void>;
    setInput(id: string): Promise<void>;
    setOutput(id: string): Promise<void>;
    /** The input meter of the settings page: dBFS, -100..0. Returns the stop. */
    meter(listener: (dbfs: number) => void): Promise<() => void>;
    testSound(): void;
  };

  /** The test of the connection and of the microphone; what it finds is in `check`. It disturbs no call. */
  checks: {
    /** Tries every way that sound can take; passes when it is over. */
    start(): Promise<void>;
    stop(): void;
    /** Ends the test, recording and playing among it: whoever tested has gone. */
    leave(): void;
    /** The level of the microphone, muted or not: dBFS, -100..0. Returns the stop. */
    meter(listener: (dbfs: number) => void): Promise<() => void>;
    /** Records three seconds and plays them back. */
    record(): Promise<void>;
    play(): Promise<void>;
  };

  setPreference<K extends keyof Preferences>(key: K, value: Preferences[K]): void;
}
