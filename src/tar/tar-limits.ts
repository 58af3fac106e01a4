/** What an archive may ask for. Everything is checked before memory or time is spent on it. */
export interface TarLimits {
  readonly maxEntries: number;
  /** Path and link target, bytes. */
  readonly maxPathBytes: number;
  /** One PAX header, GNU long name or sparse map, and all global PAX headers together, bytes. */
  readonly maxHeaderBytes: number;
  /** Sum of all contents, holes included, bytes. */
  readonly maxTotalBytes: number;
  /** What follows the end marker, bytes: padding, in real archives. */
  readonly maxTrailingBytes: number;
}

/** Far above every real image, far below what would hurt: an archive that goes beyond is an attack or a mistake. */
export const defaultTarLimits: TarLimits = {
  maxEntries: 2_000_000,
  maxPathBytes: 4096,
  maxHeaderBytes: 1024 * 1024,
  maxTotalBytes: 2 ** 38,
  maxTrailingBytes: 2 ** 30,
};
