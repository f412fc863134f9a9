import { defineConfig } from "@playwright/test";

// What is about pages; in all others sound is measured.
const pages = ["chat.spec.ts", "conversation.spec.ts", "looks.spec.ts"];

// Each test starts its own server and its own Chromium processes (a browser
// has one fake microphone, so people who talk need one each): tests run one at
// a time, those about pages two when npm run e2e:pages runs them, and none is
// tried again: one that fails once is a defect.
export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  workers: 1,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  forbidOnly: !!process.env.CI,
  projects: [
    { name: "pages", testMatch: pages, fullyParallel: true },
    { name: "voice", testIgnore: pages },
  ],
});
