import type { Row } from "./chord";
import type { Figures, Point, Step } from "./measure";
import { described, type Goal, type Scenario } from "./scenario";
import type { Switched } from "./switches";

export type Ladder = "on" | "off";

export interface Result {
  scenario: Scenario;
  ladder: Ladder;
  figures: Figures;
}

export interface Run {
  at: string;
  commit: string;
  seconds: number;
  results: Result[];
  switches: Switched[];
}

const COLOURS: Record<Ladder, string> = { on: "#1668dc", off: "#b0803a" };

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] as string);

/** Which goals were missed; null: there is none to reach. */
export function missed(goal: Goal | undefined, f: Figures): string[] | null {
  if (!goal) return null;
  const over: string[] = [];
  const check = (what: string, value: number, limit: number | undefined) => {
    if (limit !== undefined && !(value < limit)) over.push(`${what} ${value}, goal under ${limit}`);
  };
  check("concealed %", Math.round(100 * (f.concealedPct + f.silentPct)) / 100, goal.concealedPct);
  check("queue peak ms", f.queuePeakMs, goal.queuePeakMs);
  check("queue after 2 s, ms", f.queueLaterMs, goal.queueLaterMs);
  if (f.expectedS === 0) over.push("nobody was heard");
  return over;
}

const doing = ({ word }: Step): string => {
  const { reason = "", ...does } = word;
  const told = Object.entries(does).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return `${told.join(", ")}${reason ? `: ${String(reason)}` : ""}`;
};

interface Series {
  ladder: Ladder;
  points: Point[];
  steps: Step[];
}

const WIDTH = 420;
const HEIGHT = 130;
const LEFT = 44;
const BOTTOM = 18;
const TOP = 20;

function plot(title: string, of: (p: Point) => number | null, series: Series[], atLeast: number): string {
  const points = series.flatMap((s) => s.points);
  const end = Math.max(1, ...points.map(({ t }) => t));
  const top = Math.max(atLeast, ...points.map((p) => of(p) ?? 0));
  const x = (t: number) => LEFT + (Math.max(0, t) / end) * (WIDTH - LEFT - 6);
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  const parts = [0, 0.5, 1].map((share) => {
    const value = top * share;
    const label = value >= 10 ? value.toFixed(0) : value.toFixed(1);
    const line = y(value).toFixed(1);
    return `<path class="grid" d="M${LEFT} ${line}H${WIDTH - 6}"/><text x="${LEFT - 4}" y="${line}" dy="4" text-anchor="end">${label}</text>`;
  });
  for (let t = 0; t <= end; t += end > 30 ? 10 : 5)
    parts.push(`<text x="${x(t).toFixed(1)}" y="${HEIGHT - 4}" text-anchor="middle">${t} s</text>`);
  for (const { ladder, points: line, steps } of series) {
    for (const step of steps)
      parts.push(
        `<path d="M${x(step.t).toFixed(1)} ${TOP}V${HEIGHT - BOTTOM}" stroke="${COLOURS[ladder]}" stroke-dasharray="2 3" opacity=".7"><title>${step.t} s, ${escaped(`${step.who}, ${step.direction}: ${doing(step)}`)}</title></path>`,
      );
    let path = "";
    let pen = false;
    for (const p of line) {
      const value = of(p);
      if (value === null) pen = false;
      else {
        path += `${pen ? "L" : "M"}${x(p.t).toFixed(1)} ${y(value).toFixed(1)}`;
        if (!pen) path += "h.1"; // one point alone is seen too
        pen = true;
      }
    }
    parts.push(`<path d="${path}" fill="none" stroke="${COLOURS[ladder]}" stroke-width="1.4"/>`);
  }
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}"><text class="title" x="${LEFT}" y="12">${escaped(title)}</text>${parts.join("")}</svg>`;
}

const columns: [string, (f: Figures) => string][] = [
  ["concealed %", (f) => f.concealedPct.toFixed(2)],
  ["by silence %", (f) => f.silentPct.toFixed(2)],
  ["buffer ms", (f) => f.bufferMs.toFixed(0)],
  ["queue peak ms", (f) => f.queuePeakMs.toFixed(0)],
  ["after 2 s", (f) => f.queueLaterMs.toFixed(0)],
  ["kbit/s", (f) => f.kbps.toFixed(0)],
  ["link lost %", (f) => f.linkLostPct.toFixed(1)],
  ["page missed %", (f) => f.lostPct.toFixed(1)],
  ["latency ms", (f) => soundOf(f, (s) => s.latencyMs[1])],
  ["longest gap ms", (f) => soundOf(f, (s) => s.gapMs)],
  ["doubled ms", (f) => soundOf(f, (s) => s.doubledMs)],
  ["steps", (f) => f.steps.length.toFixed(0)],
  ["restarts", (f) => f.restarts.toFixed(0)],
  ["expected s", (f) => f.expectedS.toFixed(0)],
  ["held up ms", (f) => f.heldUpMs.toFixed(0)],
  ["load", (f) => f.load.toFixed(1)],
];

/** The worst of the talkers. */
function soundOf(f: Figures, of: (s: NonNullable<Figures["sound"][string]>) => number): string {
  const values = Object.values(f.sound).flatMap((s) => (s ? [of(s)] : []));
  return values.length > 0 ? Math.max(...values).toFixed(0) : "";
}

function goalCell({ scenario, ladder, figures }: Result): string {
  const over = missed(scenario.goal, figures);
  if (!over) return "<td></td>";
  if (over.length === 0) return '<td class="met">met</td>';
  return `<td class="goal ${ladder === "on" ? "missed" : ""}">${escaped(over.join("; "))}</td>`;
}

function section(results: Result[]): string {
  const first = results[0];
  if (!first) return "";
  const series = results.map(({ ladder, figures }) => ({ ladder, ...figures }));
  const steps = series.flatMap(({ ladder, steps: all }) =>
    all.map((s) => `<li>${ladder}: ${s.t} s, ${escaped(`${s.who}, ${s.direction}link: ${doing(s)}`)}</li>`),
  );
  return `<section id="${first.scenario.name}"><h2>${first.scenario.name}</h2><p>${escaped(described(first.scenario))}</p><div class="plots">${[
    plot("concealed, %", (p) => p.concealedPct, series, 5),
    plot("jitter buffer, ms", (p) => p.bufferMs, series, 100),
    plot("queue of the link, ms", (p) => p.queueMs, series, 100),
    plot("on the wire, kbit/s", (p) => p.kbps, series, 50),
  ].join(
    "",
  )}</div>${steps.length > 0 ? `<details><summary>${steps.length} steps</summary><ol>${steps.join("")}</ol></details>` : ""}</section>`;
}

/** What a change was heard of, in words for a terminal. */
export function inWords({ name, rows, load }: Switched): string {
  const lines = rows.map((r) => {
    const goal = r.goal === undefined ? "" : `, goal ${r.goal}: ${keeps(r) ? "met" : "missed"}`;
    return `      ${r.of.padEnd(48)} n ${r.n}, p50 ${r.p50}, p95 ${r.p95}, max ${r.max}${goal}`;
  });
  return [`    ${name}, load ${load}`, ...lines].join("\n");
}

const keeps = ({ n, max, goal }: Row) => goal === undefined || (n > 0 && max <= goal);

function switchTable({ name, what, rows, load }: Switched): string {
  const cells = rows.map((r) => {
    const goal =
      r.goal === undefined
        ? "<td></td>"
        : `<td class="${keeps(r) ? "met" : "missed"}">at most ${r.goal}: ${keeps(r) ? "met" : "missed"}</td>`;
    const figures = [r.n, r.p50, r.p95, r.max].map((x) => `<td>${x}</td>`).join("");
    return `<tr><th scope="row">${escaped(r.of)}</th>${figures}${goal}</tr>`;
  });
  return `<section id="${name}"><h2>${name}</h2><p>${escaped(`${what} Load ${load}.`)}</p><table><thead><tr><th></th>${["times", "p50", "p95", "most", "goal"].map((h) => `<th>${h}</th>`).join("")}</tr></thead><tbody>${cells.join("")}</tbody></table></section>`;
}

/** One page with everything in it. */
export function html(run: Run): string {
  const names = [...new Set(run.results.map(({ scenario }) => scenario.name))];
  const of = (name: string) => run.results.filter(({ scenario }) => scenario.name === name);
  const rows = names.flatMap((name) =>
    of(name).map((result, i, all) => {
      const head =
        i === 0 ? `<th rowspan="${all.length}" scope="row"><a href="#${name}">${name}</a></th>` : "";
      const cells = columns.map(([, cell]) => `<td>${cell(result.figures)}</td>`).join("");
      return `<tr>${head}<td class="${result.ladder}">${result.ladder}</td>${cells}${goalCell(result)}</tr>`;
    }),
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Voice on bad networks</title><style>
body{font:14px/1.4 system-ui,sans-serif;margin:24px;color:#1c1e21;max-width:1760px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{border-bottom:1px solid #ddd;padding:3px 8px;text-align:right;white-space:nowrap}
th[scope=row]{text-align:left;font-weight:500;vertical-align:top}thead th{vertical-align:bottom;white-space:normal}
.on{color:${COLOURS.on}}.off{color:${COLOURS.off}}.met{color:#1a7f37}.missed{color:#c62828}.goal{white-space:normal;max-width:230px;font-size:12px}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(400px,1fr));gap:8px}svg{width:100%;background:#fafafa}
svg text{font-size:10px;fill:#555}svg text.title{font-size:11px;fill:#1c1e21}.grid{stroke:#ddd}h2{font-size:15px;margin:28px 0 0}p{margin:2px 0 8px;color:#555}
</style><h1>Voice on bad networks</h1><p>${escaped(`${run.at}, ${run.commit}, ${run.seconds} s each.`)} Concealed shares are of the time when a talker's packets were due, empty slots left out; what the listener hears of it and what was silence apart. The ladder is <b class="on">on</b> or <b class="off">off</b>; its steps are dashed marks. Goals are for it on. A page that was held up for long, or a load far above the machine's cores, make a row worthless.</p>
<table><thead><tr><th></th><th>ladder</th>${columns.map(([name]) => `<th>${name}</th>`).join("")}<th>goal</th></tr></thead><tbody>${rows.join("")}</tbody></table>
${[...run.switches.map(switchTable), ...names.map((name) => section(of(name)))].join("\n")}</html>`;
}
