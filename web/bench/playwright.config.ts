import { defineConfig } from "@playwright/test";

/** `make bench-network`: voice over bad networks. Its results go to ../bench-results. */
export default defineConfig({
  testDir: ".",
  testMatch: "network.ts",
  outputDir: "../test-results",
  workers: 1,
  retries: 0,
  expect: { timeout: 30_000 },
  reporter: [["list"]],
});
