/** Formatters by locale, made once: Intl's constructors are slow. */
const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}/${name}`;
  let f = cache.get(key);
  if (!f) {
    f = new Intl.DateTimeFormat(locale, options);
    cache.set(key, f);
  }
  return f;
}

/** 14:05 */
export const clock = (locale: string, at: Date) =>
  formatter(locale, "clock", { hour: "2-digit", minute: "2-digit" }).format(at);

/** 14:05:31, in every language */
export const clockSeconds = (locale: string, at: Date) =>
  formatter(locale, "clockSeconds", {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(at);

/** 22 November 2026, 14:05 */
export const moment = (locale: string, at: Date) =>
  formatter(locale, "moment", { dateStyle: "long", timeStyle: "short" }).format(at);

/** Nov 22, 2026 */
export const day = (locale: string, at: Date) => formatter(locale, "day", { dateStyle: "medium" }).format(at);

/** The heading of a day in the timeline; today and yesterday have their own words. */
export function dayHeading(
  locale: string,
  at: Date,
  now: Date,
  words: { today: string; yesterday: string },
): string {
  const start = (d: Date) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  const days = Math.round((start(now) - start(at)) / 86_400_000);
  if (days === 0) return words.today;
  if (days === 1) return words.yesterday;
  const sameYear = at.getFullYear() === now.getFullYear();
  return formatter(locale, sameYear ? "heading" : "headingYear", {
    weekday: sameYear ? "long" : undefined,
    day: "numeric",
    month: "long",
    year: sameYear ? undefined : "numeric",
  }).format(at);
}

/** 5 minutes ago */
export function ago(locale: string, at: Date, now: Date): string {
  const f = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  const minutes = Math.round(seconds / 60);
  const hours = Math.round(seconds / 3600);
  if (Math.abs(minutes) < 1) return f.format(0, "minute");
  if (Math.abs(minutes) < 60) return f.format(minutes, "minute");
  if (Math.abs(hours) < 24) return f.format(hours, "hour");
  return f.format(Math.round(seconds / 86_400), "day");
}
