import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate for localhost that nobody vouches for, in a folder of its own. */
export class Certificate {
  private readonly folder = mkdtempSync(join(tmpdir(), "boltorezka-tls-"));
  readonly cert = join(this.folder, "cert.pem");
  readonly key = join(this.folder, "key.pem");

  constructor() {
    const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    this.openssl("req", "-x509", ...made, ...name, "-keyout", this.key, "-out", this.cert);
  }

  /**
   * What makes Chromium take it, for pages and for TURN over TLS alike: by the hash
   * of its public key. A context's ignoreHTTPSErrors is about pages only.
   */
  get trusted(): string {
    const pem = this.openssl("x509", "-in", this.cert, "-noout", "-pubkey");
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
    return `--ignore-certificate-errors-spki-list=${createHash("sha256").update(der).digest("base64")}`;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private openssl(...args: string[]): string {
    return execFileSync("openssl", args, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
  }
}
