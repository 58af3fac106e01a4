export * from "./adopt-file.ts";
export * from "./blob-store.ts";
export * from "./file-system-blobs.ts";
export * from "./memory-blobs.ts";
