export * from "./meta.ts";
export * from "./sqlite-meta.ts";
