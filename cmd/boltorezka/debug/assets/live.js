// Draws <main> anew every two seconds with what the server says now. What the
// reader has opened stays open, and a selection is left alone.
const everyMs = 2000;
const state = document.getElementById("state");
const pause = document.getElementById("pause");
let paused = false;

function say(text, bad) {
  state.className = bad ? "bad" : "";
  if (state.textContent !== text) state.textContent = text;
}

function draw(page) {
  const now = document.querySelector("main");
  const next = page.querySelector("main");
  if (!next) return;
  const open = new Set([...now.querySelectorAll("details[open]")].map((d) => d.id));
  for (const d of next.querySelectorAll("details")) d.open = open.has(d.id);
  const focused = document.activeElement?.closest("details")?.id;
  now.replaceWith(next);
  if (focused) document.getElementById(focused)?.querySelector("summary")?.focus({ preventScroll: true });
  document.title = page.title;
}

async function refresh() {
  if (paused || document.hidden || String(getSelection()) !== "") return;
  try {
    const res = await fetch(location.href, {
      headers: { Accept: "text/html" },
      cache: "no-store",
      signal: AbortSignal.timeout(5000),
    });
    const text = await res.text();
    if (paused) return;
    draw(new DOMParser().parseFromString(text, "text/html"));
    say("Live");
  } catch {
    say("The server does not answer", true);
  }
}

async function run() {
  await refresh();
  setTimeout(run, everyMs);
}

pause.hidden = false;
pause.addEventListener("click", () => {
  paused = !paused;
  pause.textContent = paused ? "Go on" : "Pause";
  say(paused ? "Paused" : "Live");
  if (!paused) refresh();
});
say("Live");
setTimeout(run, everyMs);
