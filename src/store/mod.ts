export * from "./local-store.ts";
