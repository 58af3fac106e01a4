export * from "./entry.ts";
export { compareNames, decodeName, encodeName } from "./name-bytes.ts";
export * from "./reader.ts";
export * from "./writer.ts";
