import type { ImageSink, ImageSource } from "../../image/mod.ts";
import type { Descriptor } from "../../oci/mod.ts";

/** A cache that can be read, as long as the build runs. */
export interface OpenedCache {
  readonly source: ImageSource;
  /** Whether the bytes of a layer are there: a step is only a hit where they are. */
  has(layer: Descriptor): Promise<boolean>;
  close?(): Promise<void>;
}

/** `--cache-from`. */
export interface CacheSource {
  /** For people: `registry.example/app:cache`. */
  readonly name: string;
  /** @throws KasaneError; a build goes on without it, and says so */
  open(): Promise<OpenedCache>;
}

/** `--cache-to`. */
export interface CacheTarget {
  readonly name: string;
  /** `min`: of what the image is made of; `max`: of every step. */
  readonly mode: "min" | "max";
  /** A failure is a warning, not the build's. */
  readonly ignoreError: boolean;
  /** The directories of cache mounts go along. */
  readonly hasMounts: boolean;
  /** Calls `put` with a sink for the artifact; what was there under that name is replaced. */
  write(put: (sink: ImageSink) => Promise<void>): Promise<void>;
}
