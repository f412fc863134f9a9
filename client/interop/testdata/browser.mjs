// A voice participant made of the web app in a real browser: comes as a guest,
// joins the voice and sends a tone for a voice.
//
// usage: node browser.mjs chromium|firefox URL ROOM HZ
// Twice a second it says which tones the page plays, as a line {"heard": [Hz...]}.
// When its standard input ends it says {"stats": {...}}, what the browser knows
// of its connection to the SFU (see read below), and leaves. SCREENSHOT names a PNG
// file to keep of the page as it was then. With ONLY_TCP the page is told of the
// server's TCP candidates only, as if its network passed no UDP.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const puppeteer = createRequire(new URL("../../../web/package.json", import.meta.url))("puppeteer-core");
const [kind, base, room, hz] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "boltorezka-interop-"));

/** A browser may take its time to start on a busy machine. */
const LAUNCH_MS = 120_000;

/** A mono WAV of a steady tone that loops without a seam. */
function writeTone(path, rate = 48_000, samples = rate * 10) {
  const file = Buffer.alloc(44 + samples * 2);
  file.write("RIFF", 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++)
    file.writeInt16LE(Math.round(4000 * Math.sin((2 * Math.PI * hz * i) / rate)), 44 + i * 2);
  writeFileSync(path, file);
}

function chromium() {
  const microphone = join(folder, "microphone.wav");
  writeTone(microphone);
  return puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--force-prefers-reduced-motion",
      "--autoplay-policy=no-user-gesture-required",
      "--allow-loopback-in-peer-connection",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-audio-capture=${microphone}`,
    ],
    timeout: LAUNCH_MS,
  });
}

/** Firefox plays to a sound server or not at all: one of our own, that plays to nobody. */
async function soundServer() {
  const socket = join(folder, "sound.socket");
  const args = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "--use-pid-file=no"];
  args.push("-L", "module-null-sink", "-L", `module-native-protocol-unix auth-anonymous=1 socket=${socket}`);
  const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder };
  const server = spawn("pulseaudio", args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  server.stderr.on("data", (chunk) => (said += chunk));
  for (let i = 0; !existsSync(socket); i++) {
    if (server.exitCode !== null || i === 200) throw new Error(`no sound server: ${said}`);
    await sleep(25);
  }
  return { socket, server };
}

async function firefox() {
  const { socket, server } = await soundServer();
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
    env: { ...process.env, HOME: folder, PULSE_SERVER: `unix:${socket}` },
    extraPrefsFirefox: {
      "intl.accept_languages": "en",
      "media.autoplay.default": 0,
      "ui.prefersReducedMotion": 1,
      "media.navigator.streams.fake": true,
      "media.navigator.audio.fake_frequency": Number(hz),
      "media.navigator.permission.disabled": true,
      // The test is on one machine: no other address is needed.
      "media.peerconnection.ice.loopback": true,
      "media.peerconnection.ice.obfuscate_host_addresses": false,
    },
    timeout: LAUNCH_MS,
  });
  return Object.assign(browser, { sound: server });
}

/** Runs in the page before its own scripts: taps what it plays and keeps its connections. */
function watch(onlyTCP) {
  const taps = [];
  const Native = window.AudioContext;
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (...args) {
    if (args[0] instanceof AudioDestinationNode && this.context instanceof Native) {
      const tap = this.context.createAnalyser();
      tap.fftSize = 16384;
      tap.smoothingTimeConstant = 0;
      connect.call(this, tap);
      taps.push(tap);
    }
    return connect.apply(this, args);
  };
  const connections = [];
  const Connection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Connection {
    constructor(...args) {
      super(...args);
      connections.push(this);
    }
    setRemoteDescription({ type, sdp }) {
      if (onlyTCP) sdp = sdp.replace(/a=candidate:\S+ \d+ udp .*\r\n/gi, "");
      return super.setRemoteDescription({ type, sdp });
    }
  };
  /** The peaks of the spectrum, Hz. */
  const peaks = (tap) => {
    const bins = new Float32Array(tap.frequencyBinCount);
    tap.getFloatFrequencyData(bins);
    const found = [];
    for (let i = 8; i < bins.length - 8; i++) {
      if (bins[i] < -55 || bins.subarray(i - 8, i + 9).some((x) => x > bins[i])) continue;
      const [a, b, c] = [bins[i - 1], bins[i], bins[i + 1]];
      found.push({
        hz: ((i + (a - c) / (2 * (a - 2 * b + c))) * tap.context.sampleRate) / tap.fftSize,
        db: b,
      });
    }
    const loudest = Math.max(...found.map(({ db }) => db));
    return found.filter(({ db }) => db > loudest - 25).map(({ hz }) => Math.round(hz * 10) / 10);
  };
  window.__heard = () => taps.flatMap(peaks);
  window.__read = async () => {
    const pc = connections.findLast((c) => c.connectionState === "connected");
    if (!pc) return null;
    const all = await pc.getStats();
    const stats = [...all.values()].filter(({ type }) => /rtp$/.test(type));
    const chosen = [...all.values()].find(({ selectedCandidatePairId: id }) => id)?.selectedCandidatePairId;
    const protocol = all.get(all.get(chosen)?.localCandidateId)?.protocol;
    const sources = pc.getReceivers().flatMap((r) => r.getContributingSources());
    return {
      stats,
      protocol,
      now: performance.timeOrigin + performance.now(),
      sources: sources.map(({ source, audioLevel, timestamp }) => ({ source, audioLevel, timestamp })),
    };
  };
  window.__complete = async () => {
    const known = await window.__read();
    const has = (type, field) => known?.stats.some((s) => s.type === type && s[field] !== undefined);
    return has("remote-inbound-rtp", "roundTripTime") && has("remote-outbound-rtp", "remoteTimestamp");
  };
  localStorage.setItem(
    "boltorezka.preferences",
    // A steady tone is noise to the browser's voice processing.
    JSON.stringify({
      language: "en",
      noiseSuppression: false,
      echoCancellation: false,
      autoGainControl: false,
      cues: false,
    }),
  );
}

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

/** The first button that is called so and takes clicks; null when there is none. */
async function button(page, name) {
  const found = await page.evaluateHandle(
    (name) =>
      [...document.querySelectorAll("button:enabled")].find(
        (b) => b.ariaLabel === name || b.textContent.trim() === name,
      ) ?? null,
    name,
  );
  return found.asElement();
}

/**
 * Clicks the button until what it is for has come about, as a person does. On a busy
 * machine the page may move under the pointer, or refuse what comes before it
 * is connected.
 */
async function clicks(page, name, done) {
  let last = 0;
  for (const began = Date.now(); !(await page.evaluate(done)); await sleep(50)) {
    if (Date.now() - began > 150_000) throw new Error(`${name}: clicked in vain`);
    if (Date.now() - last < 3_000) continue;
    const there = await button(page, name);
    if (!there) continue;
    if (last > 0) console.error(`${name}, again: ${await page.evaluate(() => document.body.innerText)}`);
    last = Date.now();
    await there.click().catch(() => {}); // gone meanwhile
  }
}

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

let ended = false;
const end = once(process.stdin.resume(), "end").then(() => (ended = true));

async function joins(page) {
  page.setDefaultTimeout(60_000);
  await page.evaluateOnNewDocument(watch, Boolean(process.env.ONLY_TCP));
  await page.goto(`${base}/r/${room}`);
  const asks = () => document.querySelector('form[aria-label="Join as a guest"] input') !== null;
  await clicks(page, "Join as a guest", asks);
  await page.type("form input", kind);
  await clicks(page, "Join", () => document.querySelector("form input") === null);
  // The dock's word, not its buttons: they are there before the server has let us in.
  const connected = () =>
    document.querySelector('[aria-label="Your voice"] [role="status"]')?.textContent === "Connected";
  await clicks(page, "Join voice", connected);
}

async function takesPart(page) {
  await Promise.race([joins(page), end]);
  if (ended) return; // given up before we were there
  let heard = [];
  while (!ended) {
    await sleep(500);
    heard = await page.evaluate(() => window.__heard());
    say({ heard });
  }
  // Who heard nothing is to show why.
  if (heard.length === 0) console.error(await page.evaluate(() => document.body.innerText));
  // Round trips are known after some rounds of reports.
  await page.waitForFunction(() => window.__complete(), { polling: 200, timeout: 60_000 });
  say({ stats: await page.evaluate(() => window.__read()) });
  if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT });
  await clicks(page, "Leave voice", () => document.querySelector('[aria-label="Leave voice"]') === null);
}

const browser = await { chromium, firefox }[kind]();
try {
  await takesPart(await browser.newPage());
} finally {
  await browser.close();
  if (browser.sound?.kill()) await once(browser.sound, "exit");
  rmSync(folder, { recursive: true, force: true });
}
