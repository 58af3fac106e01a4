import type { StageVariables } from "../dockerfile/mod.ts";
import type { ImageLayer } from "../image/mod.ts";
import type { HistoryEntry, Platform, RuntimeConfig } from "../oci/mod.ts";
import type { LocalImage } from "../store/mod.ts";

/** What a stage has come to: everything the next stage, a COPY --from, or the final image needs. */
export interface StageImage {
  /** `stage build`, `image docker.io/library/nginx:latest`: for errors. */
  readonly name: string;
  /** The image everything stands on; absent for scratch. */
  readonly base?: LocalImage;
  readonly platform: Platform;
  /** Base first. */
  readonly layers: readonly ImageLayer[];
  /** What was added to the base's. */
  readonly history: readonly HistoryEntry[];
  readonly config: RuntimeConfig;
  readonly author?: string;
  /** The time of everything that is made, seconds since the epoch. */
  readonly timeSeconds: number;
  /** The base's layers are in one of its own. */
  readonly isSquashed?: boolean;
  /** Stages only. */
  readonly variables?: StageVariables;
}
