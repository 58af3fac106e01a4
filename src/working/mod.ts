export * from "./commit-working.ts";
export * from "./config-changes.ts";
export * from "./copy-into-working.ts";
export * from "./run-in-working.ts";
