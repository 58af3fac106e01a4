export * from "./entry.ts";
export { LimitMeter } from "./limit-meter.ts";
export { compareNames, decodeName, encodeName, sortNames } from "./name-bytes.ts";
export * from "./reader.ts";
export { defaultTarLimits, type TarLimits } from "./tar-limits.ts";
export * from "./writer.ts";
