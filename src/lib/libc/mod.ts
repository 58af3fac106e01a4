export * from "./c-string.ts";
export * from "./file-calls.ts";
export * from "./file-status.ts";
export * from "./lock-directory.ts";
export * from "./open-libc.ts";
export * from "./read-directory.ts";
export * from "./system-error.ts";
export * from "./xattrs.ts";
