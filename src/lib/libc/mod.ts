export * from "./c-string.ts";
export * from "./open-libc.ts";
export * from "./system-error.ts";
