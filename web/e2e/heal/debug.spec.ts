import { test } from "@playwright/test";
import { Call } from "./call";

test.setTimeout(200_000);
test("debug", async () => {
  const call = await Call.begins();
  try {
    const anna = await call.joins("Anna", 0);
    await call.joins("Boris", 1);
    await call.goes("sfu");
    let t0 = 0;
    const log = (s: string) => t0 && console.log(`   ${Date.now() - t0} ${s}`);
    anna.page.on("request", (r) => log(`request ${r.url()}`));
    anna.page.on("requestfailed", (r) => log(`failed ${r.url()} ${r.failure()?.errorText}`));
    anna.page.on("response", (r) => log(`response ${r.url()} ${r.status()}`));
    anna.page.on("websocket", (w) => {
      log(`socket ${w.url()}`);
      w.on("close", () => log("socket closed"));
      w.on("framereceived", ({ payload }) => log(`< ${String(payload).slice(0, 90)}`));
      w.on("framesent", ({ payload }) => log(`> ${String(payload).slice(0, 90)}`));
    });
    await anna.page.exposeFunction("tell", (s: string) => log(s));
    await anna.page.evaluate(() => {
      const tell = (window as unknown as { tell: (s: string) => void }).tell;
      for (const e of ["online", "offline"]) window.addEventListener(e, () => tell(e));
      const c = (navigator as unknown as { connection: EventTarget & { type: string } }).connection;
      c?.addEventListener("change", () => tell(`connection change ${c.type}`));
    });
    t0 = Date.now();
    const r = await call.mends(() => call.net.moves("Anna"));
    console.log(JSON.stringify(r));
  } finally {
    await call.ends();
  }
});
