export * from "./meta.ts";
