import { readFileSync, writeFileSync } from "node:fs";
import initSqlJs from "sql.js";

/** A UUIDv7 of a moment, numbered. */
function idAt(ms: number, n: number): string {
  const time = ms.toString(16).padStart(12, "0");
  const tail = n.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${tail}`;
}

interface Writer {
  id: string;
  name: string;
}

interface Seed {
  /** How many messages there are then; the room has none before. */
  count: number;
  /** The first one's time, ms, and what lies between two. */
  from: number;
  every: number;
  writers: Writer[];
  text(n: number): string;
}

/**
 * Writes a long history of a room into the SQLite file of a server that is
 * stopped: 100,000 messages through its API would take minutes.
 */
export async function seedMessages(file: string, slug: string, seed: Seed): Promise<void> {
  const SQL = await initSqlJs();
  const db = new SQL.Database(readFileSync(file));
  const roomId = db.exec("SELECT id FROM rooms WHERE slug = ?", [slug])[0]?.values[0]?.[0];
  if (typeof roomId !== "string") throw new Error(`there is no room ${slug}`);
  db.run("BEGIN");
  const insert = db.prepare(
    `INSERT INTO messages (id, room_id, room_seq, user_id, user_name, text, sender_request_id, created_at)
     VALUES (?, ?, ?, ?, ?, ?, '', ?)`,
  );
  for (let n = 1; n <= seed.count; n++) {
    const at = seed.from + n * seed.every;
    const writer = seed.writers[Math.floor(n / 3) % seed.writers.length] as Writer;
    insert.run([idAt(at, n), roomId, n, writer.id, writer.name, seed.text(n), at]);
  }
  insert.free();
  db.run("UPDATE rooms SET last_seq = ?, last_message_at = ? WHERE id = ?", [
    seed.count,
    seed.from + seed.count * seed.every,
    roomId,
  ]);
  db.run("COMMIT");
  writeFileSync(file, db.export());
  db.close();
}
