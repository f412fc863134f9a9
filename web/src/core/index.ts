/** The core: what the user interface builds on, free of React. */
export { type CoreOptions, createCore } from "./core";
export * from "./model";
export type { Platform } from "./platform";
