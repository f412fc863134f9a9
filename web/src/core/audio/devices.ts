import { createStore } from "zustand/vanilla";
import type { Devices } from "../model";
import type { Platform } from "../platform";
import { readJson, writeJson } from "../preferences";
import type { Microphone } from "./microphone";
import type { Speakers } from "./speakers";

const KEY = "boltorezka.devices";

/** Which inputs and outputs there are, which are chosen, and whether they may be used. */
export class DeviceList {
  readonly store = createStore<Devices>(() => ({
    inputs: [],
    outputs: [],
    inputId: "default",
    outputId: "default",
    canChooseOutput: false,
    permission: "unknown",
  }));

  private microphone: Microphone | null = null;
  private readonly changed = () => void this.devicesChanged();
  private watching = false;

  constructor(
    private readonly platform: Platform,
    private readonly speakers: Speakers,
  ) {
    const kept = readJson(platform.storage, KEY);
    const id = (value: unknown) => (typeof value === "string" && value !== "" ? value : "default");
    this.store.setState({
      inputId: id(kept.inputId),
      outputId: id(kept.outputId),
      canChooseOutput: speakers.canChooseOutput,
    });
    void speakers.setOutput(this.store.getState().outputId);
  }

  /** The microphone that follows the choice made here. */
  drive(microphone: Microphone): void {
    this.microphone = microphone;
  }

  start(): void {
    if (this.watching) return;
    this.watching = true;
    this.platform.mediaDevices?.addEventListener?.("devicechange", this.changed);
    void this.watchPermission();
    void this.list();
  }

  stop(): void {
    this.watching = false;
    this.platform.mediaDevices?.removeEventListener?.("devicechange", this.changed);
  }

  /** Lists the devices. Browsers name them only after the microphone was allowed. */
  async list(): Promise<void> {
    let found: MediaDeviceInfo[] = [];
    try {
      found = (await this.platform.mediaDevices?.enumerateDevices?.()) ?? [];
    } catch {
      // Refused by the browser: as if there were none.
    }
    const named = (kind: MediaDeviceKind) =>
      found
        .filter((device) => device.kind === kind && device.deviceId !== "")
        .map((device) => ({ id: device.deviceId, label: device.label }));
    this.store.setState({ inputs: named("audioinput"), outputs: named("audiooutput") });
    // A name is given away only once the microphone was allowed.
    if (found.some((device) => device.kind === "audioinput" && device.label !== "")) {
      this.store.setState({ permission: "granted" });
    }
  }

  /** Asks for the microphone, lets it go again and lists the devices by name. */
  async ask(): Promise<void> {
    try {
      (await this.microphone?.hold())?.();
    } finally {
      await this.list();
    }
  }

  async setInput(id: string): Promise<void> {
    const before = this.store.getState().inputId;
    this.store.setState({ inputId: id });
    try {
      await this.microphone?.reopen();
    } catch (reason) {
      this.store.setState({ inputId: before });
      throw reason;
    }
    this.keep();
  }

  async setOutput(id: string): Promise<void> {
    await this.speakers.setOutput(id);
    this.store.setState({ outputId: id });
    this.keep();
  }

  private async devicesChanged(): Promise<void> {
    await this.list();
    const { inputs, outputs, inputId, outputId } = this.store.getState();
    const here = (list: { id: string }[], id: string) => id === "default" || list.some((d) => d.id === id);
    if (!here(outputs, outputId)) await this.speakers.setOutput("default").catch(() => {});
    else await this.speakers.setOutput(outputId).catch(() => {});
    // The chosen microphone is back, or the system's default is another one now.
    const open = this.microphone?.openDeviceId;
    if (open !== null && open !== undefined && here(inputs, inputId) && open !== inputId) {
      await this.microphone?.reopen().catch(() => {});
    }
  }

  private async watchPermission(): Promise<void> {
    try {
      const status = await this.platform.permissions?.query({ name: "microphone" as PermissionName });
      if (!status) return;
      const take = () => this.store.setState({ permission: status.state });
      take();
      status.onchange = () => {
        take();
        void this.list();
      };
    } catch {
      // Older Firefox does not know this permission: it stays unknown.
    }
  }

  private keep(): void {
    const { inputId, outputId } = this.store.getState();
    writeJson(this.platform.storage, KEY, { inputId, outputId });
  }
}
