export * from "./errors.ts";
export * from "./pool.ts";
export * from "./progress.ts";
export * from "./quantity.ts";
export * from "./stream.ts";
