import { createStore } from "zustand/vanilla";
import { asCoreError, type Http } from "./http";
import type { AccountState, AuthMode, CoreError, DeviceSession, User } from "./model";
import type { Platform } from "./platform";
import { readJson, writeJson } from "./preferences";
import { backoffMs } from "./realtime/backoff";

const REFRESHED = "boltorezka.refreshed";
/** The session's token is changed for another this often; the server takes the old one a while longer. */
const REFRESH_MS = 24 * 60 * 60_000;
/** How often a page that stays open looks whether it is time. */
const LOOK_MS = 60 * 60_000;

/** Who is signed in, by the browser's cookie. */
export class Account {
  readonly store = createStore<AccountState>(() => ({
    status: "unknown",
    user: null,
    mode: null,
    trouble: null,
  }));

  private cancelRetry: (() => void) | null = null;
  private cancelRefresh: (() => void) | null = null;
  private loads = 0;

  constructor(
    private readonly platform: Platform,
    private readonly http: Http,
  ) {}

  /** Asks for the mode and who we are; while the server is away it goes on asking. */
  async load(attempt = 1): Promise<void> {
    this.cancelRetry?.();
    const load = ++this.loads;
    try {
      const [mode, user] = await Promise.all([
        this.http.get<AuthMode>("/v1/auth/mode"),
        this.http.get<{ user: User }>("/v1/auth/me").then(
          (me) => me.user,
          (reason: unknown) => {
            if (asCoreError(reason).code === "Unauthorized") return null;
            throw reason;
          },
        ),
      ]);
      if (load !== this.loads) return;
      this.store.setState({ status: user ? "signedIn" : "signedOut", user, mode, trouble: null });
      this.cancelRefresh ??= this.platform.clock.every(LOOK_MS, () => void this.refresh());
      void this.refresh();
    } catch (reason) {
      if (load !== this.loads) return;
      this.store.setState({ trouble: asCoreError(reason) });
      this.cancelRetry = this.platform.clock.after(backoffMs(attempt, this.platform.random), () => {
        void this.load(attempt + 1);
      });
    }
  }

  stop(): void {
    this.loads++;
    this.cancelRetry?.();
    this.cancelRefresh?.();
    this.cancelRefresh = null;
  }

  /** Gets another token for the session, once a day for all of the browser's pages. */
  private async refresh(): Promise<void> {
    const { storage, clock } = this.platform;
    const now = clock.now();
    const { at } = readJson(storage, REFRESHED);
    if (!this.store.getState().user || (typeof at === "number" && now - at < REFRESH_MS && at <= now)) return;
    writeJson(storage, REFRESHED, { at: now });
    // Whatever is wrong shows at the next call that matters.
    await this.http.post("/v1/auth/refresh").catch(() => {});
  }

  register(name: string, password: string, inviteCode?: string, setupCode?: string): Promise<User> {
    return this.signIn("/v1/auth/register", { name, password, inviteCode, setupCode });
  }

  login(name: string, password: string): Promise<User> {
    return this.signIn("/v1/auth/login", { name, password });
  }

  guest(name: string, inviteCode?: string): Promise<User> {
    return this.signIn("/v1/auth/guest", { name, inviteCode });
  }

  async logout(): Promise<void> {
    try {
      await this.http.post("/v1/auth/logout");
    } catch (reason) {
      // A session that has ended already is what was asked for.
      if (asCoreError(reason).code !== "Unauthorized") throw reason;
    }
    this.signedOut(null);
  }

  /** The server has put us out: if it has ended the session too, we are signed out. */
  async check(trouble: CoreError): Promise<void> {
    try {
      await this.http.get("/v1/auth/me");
    } catch (reason) {
      if (asCoreError(reason).code === "Unauthorized") this.signedOut(trouble);
    }
  }

  /** The session has ended; `trouble` says why when it was not the user's wish. */
  signedOut(trouble: CoreError | null): void {
    this.store.setState({ status: "signedOut", user: null, trouble });
  }

  async sessions(): Promise<DeviceSession[]> {
    return (await this.http.get<{ sessions: DeviceSession[] | null }>("/v1/sessions")).sessions ?? [];
  }

  async revokeSession(id: string): Promise<void> {
    await this.http.delete(`/v1/sessions/${encodeURIComponent(id)}`);
  }

  private async signIn(path: string, body: object): Promise<User> {
    const { user } = await this.http.post<{ user: User }>(path, body);
    writeJson(this.platform.storage, REFRESHED, { at: this.platform.clock.now() }); // it is new
    const { mode } = this.store.getState();
    this.store.setState({
      status: "signedIn",
      user,
      trouble: null,
      mode: mode && { ...mode, needsOwner: false, needsSetupCode: false },
    });
    return user;
  }
}
