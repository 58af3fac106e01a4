import { beyond } from "./tar-error.ts";
import { defaultTarLimits, type TarLimits } from "./tar-limits.ts";

/** Counts what an archive asks for. @throws KasaneError `limit-exceeded` */
export class LimitMeter {
  readonly #limits: TarLimits;
  #entries = 0;
  #totalBytes = 0;

  constructor(limits?: Partial<TarLimits>) {
    this.#limits = { ...defaultTarLimits, ...limits };
  }

  addEntry(): void {
    if (++this.#entries > this.#limits.maxEntries) {
      throw beyond(`it has more than ${this.#limits.maxEntries} entries`);
    }
  }

  addContent(sizeBytes: number): void {
    this.#totalBytes += sizeBytes;
    if (this.#totalBytes > this.#limits.maxTotalBytes) {
      throw beyond(`contents are larger than ${this.#limits.maxTotalBytes} bytes`);
    }
  }

  /** @returns the path, or link target, that was within the limit */
  bounded(path: string): string {
    const limit = this.#limits.maxPathBytes;
    if (path.length > limit || (path.length > limit / 3 && Buffer.byteLength(path) > limit)) {
      throw beyond(`the path ${JSON.stringify(path.slice(0, 60))}… is longer than ${limit} bytes`);
    }
    return path;
  }
}
