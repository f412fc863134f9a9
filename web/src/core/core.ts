import { Account } from "./account";
import { administration, invites } from "./administration";
import { Cues } from "./audio/cues";
import { DeviceList } from "./audio/devices";
import { meter } from "./audio/meter";
import { Microphone } from "./audio/microphone";
import { Speakers } from "./audio/speakers";
import { Chat } from "./chat/chat";
import { ConnectionChecks } from "./check/connection-check";
import type { Core } from "./commands";
import { Http } from "./http";
import type { PresenceStatus } from "./model";
import { browserPlatform, type Platform } from "./platform";
import { createPreferences } from "./preferences";
import { Connection } from "./realtime/connection";
import { Activity } from "./rooms/activity";
import { Rooms } from "./rooms/rooms";
import { OwnStatus } from "./rooms/status";
import { Telemetry } from "./telemetry";
import { Incidents } from "./voice/incidents";
import { Voice } from "./voice/voice";

export interface CoreOptions {
  /** What differs from the browser the page runs in; tests hand in all of it. */
  platform?: Partial<Platform>;
}

/** Makes the core: its parts, and what leads from one to another. Nothing runs before `start`. */
export function createCore(options: CoreOptions = {}): Core {
  const platform: Platform = { ...browserPlatform(), ...options.platform };
  const { clock } = platform;
  const preferences = createPreferences(platform.storage);
  const http = new Http(platform);
  const account = new Account(platform, http);
  const connection = new Connection(platform, http);
  const rooms = new Rooms(http, connection);
  const me = () => account.store.getState().user;
  const chat = new Chat(platform, http, connection, rooms, me);
  const activity = new Activity({ clock, connection, me, newest: (slug) => chat.newest(slug) });
  const status = new OwnStatus(platform, connection, preferences);
  const telemetry = new Telemetry(platform, http);
  const speakers: Speakers = new Speakers(platform, (blocked) => voice.setPlaybackBlocked(blocked));
  const devices = new DeviceList(platform, speakers);
  const chosenInput = () => devices.store.getState().inputId;
  const microphone = new Microphone(platform, speakers, preferences, chosenInput);
  devices.drive(microphone);
  const cues = new Cues(speakers, clock.after);
  const voice = new Voice({ platform, connection, speakers, microphone, cues, preferences, me, telemetry });
  const checks = new ConnectionChecks({ platform, http, connection, speakers, microphone, preferences });
  new Incidents(clock, voice.store, connection.store, (code) => telemetry.voiceFailed(code));

  connection.lifecycle.on("ready", ({ resumed }) => {
    if (!resumed) seenStatus = null;
    void telemetry.flush();
    void (resumed ? chat.resume() : enterAgain());
  });
  connection.lifecycle.on("refused", (error) => {
    if (error.code === "Unauthorized") account.signedOut(error);
    else void account.check(error);
  });
  rooms.store.subscribe(({ presence }, before) => {
    if (presence === before.presence) return;
    const self = me()?.id;
    const users = Object.values(presence).flatMap((room) => room.users);
    const seen = users.find((user) => user.userId === self)?.status;
    if (seen && seen !== seenStatus) {
      if (seenStatus) status.seen(seen);
      seenStatus = seen;
    }
  });
  account.store.subscribe((now, before) => {
    if (now.status === before.status && now.user?.id === before.user?.id) return;
    if (now.status === "signedIn") begin();
    else end();
  });

  /** How the server last told others of us. */
  let seenStatus: PresenceStatus | null = null;

  /** A new session: what could not be sent goes out first, then the viewed room is joined. */
  async function enterAgain(): Promise<void> {
    void rooms.reload();
    const { active } = rooms.store.getState();
    for (const slug of chat.waiting()) {
      if (slug === active) continue;
      try {
        await rooms.join(slug);
        await chat.sync(slug);
      } catch {
        return; // refused or lost again: its messages stay queued and seen
      }
    }
    await rooms.rejoin();
    if (active && rooms.isJoined(active)) await chat.sync(active);
  }

  function begin(): void {
    chat.restore();
    connection.start();
    status.start();
    devices.start();
    void rooms.reload();
  }

  function end(): void {
    checks.reset();
    voice.finish(null);
    connection.stop();
    status.stop();
    rooms.reset();
    chat.reset();
    activity.reset();
    seenStatus = null;
  }

  return {
    account: account.store,
    connection: connection.store,
    rooms: rooms.store,
    chat: chat.store,
    activity: activity.store,
    status: status.store,
    voice: voice.store,
    check: checks.store,
    devices: devices.store,
    preferences,

    async start() {
      telemetry.start();
      await account.load();
      // Signed in before, as after a kick: start again.
      if (account.store.getState().status === "signedIn") connection.start();
    },
    stop() {
      account.stop();
      telemetry.stop();
      status.stop();
      checks.leave();
      voice.finish(null);
      connection.stop();
      devices.stop();
    },

    auth: {
      register: (name, password, inviteCode, setupCode) =>
        account.register(name, password, inviteCode, setupCode),
      login: (name, password) => account.login(name, password),
      guest: (name, inviteCode) => account.guest(name, inviteCode),
      logout: () => account.logout(),
      sessions: () => account.sessions(),
      revokeSession: (id) => account.revokeSession(id),
    },
    invites: invites(http),
    admin: administration(http, () => void rooms.reload()),

    room: {
      async open(slug) {
        chat.look(slug);
        if ((await rooms.open(slug)) && rooms.isJoined(slug)) await chat.sync(slug);
      },
      reloadTree: () => rooms.reload(),
    },
    messages: {
      send: (slug, text, replyTo) => chat.send(slug, text, replyTo),
      retry: (slug, key) => chat.retry(slug, key),
      discard: (slug, key) => chat.discard(slug, key),
      loadOlder: (slug) => chat.loadOlder(slug),
      loadNewer: (slug) => chat.loadNewer(slug),
      jump: (slug, target) => chat.jump(slug, target),
      loadOriginal: (slug, messageId) => chat.loadOriginal(slug, messageId),
      following: (slug, atEnd) => chat.following(slug, atEnd),
      edit: (slug, messageId, text) => chat.edit(slug, messageId, text),
      remove: (slug, messageId) => chat.remove(slug, messageId),
      react: (slug, messageId, emoji, on) => chat.react(slug, messageId, emoji, on),
      typing: (slug) => chat.typing(slug),
      read: (slug) => activity.read(slug, chat.end(slug)),
      onMention: (listener) => activity.onMention(listener),
    },
    setStatus: (chosen) => status.choose(chosen),
    crashed: (reason) => telemetry.crashed(reason),
    call: {
      join: (slug) => voice.join(slug),
      leave: () => voice.leave(),
      setMuted: (muted) => voice.setMuted(muted),
      setDeafened: (deafened) => voice.setDeafened(deafened),
      setVolume: (userId, volume) => voice.setVolume(userId, volume),
      setOnStage: (userId, on) => voice.setOnStage(userId, on),
      unblockPlayback: () => voice.unblockPlayback(),
      dismissTrouble: () => voice.dismissTrouble(),
      setTalking: (talking) => voice.setTalking(talking),
      trace: () => voice.trace(),
      onLevels: (listener) => voice.onLevels(listener),
    },
    media: {
      refreshDevices: (ask) => (ask ? devices.ask() : devices.list()),
      setInput: (id) => devices.setInput(id),
      setOutput: (id) => devices.setOutput(id),
      meter: (listener) => meter(clock, microphone, listener),
      testSound: () => cues.play("test"),
    },
    checks: {
      start: () => checks.start(),
      stop: () => checks.stop(),
      leave: () => checks.leave(),
      meter: (listener) => checks.meter(listener),
      record: () => checks.record(),
      play: () => checks.play(),
    },
    setPreference: (key, value) => preferences.setState({ [key]: value }),
  };
}
