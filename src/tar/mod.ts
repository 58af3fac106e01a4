export * from "./entry.ts";
export { compareNames, decodeName, encodeName } from "./name-bytes.ts";
export * from "./reader.ts";
export { defaultTarLimits, type TarLimits } from "./tar-limits.ts";
export * from "./writer.ts";
