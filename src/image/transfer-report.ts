import type { ProgressEvent, ProgressListener, ProgressPhase } from "../lib/mod.ts";
import { type Descriptor, shortDigest } from "../oci/mod.ts";
import type { BlobOutcome } from "./source.ts";

export type TransferDirection = "pull" | "push" | "load";

interface Phases {
  /** Absent: nothing is said before bytes move. */
  readonly waiting?: ProgressPhase;
  readonly moving: ProgressPhase;
  readonly copied: ProgressPhase;
  /** Absent: nothing is said of what is there. */
  readonly exists?: ProgressPhase;
}

const phases: Record<TransferDirection, Phases> = {
  pull: { waiting: "waiting", moving: "downloading", copied: "downloaded", exists: "exists" },
  push: { waiting: "preparing", moving: "pushing", copied: "pushed", exists: "pushed-exists" },
  load: { moving: "loading", copied: "loading" },
};

export interface TransferReportOptions {
  readonly direction: TransferDirection;
  readonly progress?: ProgressListener;
  /** What layers are called, by digest; those that are not in it by their short digest. */
  readonly names?: ReadonlyMap<string, string>;
  /** Digests that are there before anything is copied, where somebody looked. */
  readonly known?: ReadonlySet<string>;
}

/**
 * Tells a listener about the layers of a copy, in the order and the words that docker's users know: a pull from the base up, where a layer is
 * "pulled" when everything below it is; a push from the top down.
 */
export class TransferReport {
  readonly #options: TransferReportOptions;
  readonly #phases: Phases;
  /** Of a pull, base first: what is still to be told as pulled. */
  #pending: Descriptor[];
  readonly #arrived = new Set<string>();

  constructor(layers: readonly Descriptor[], options: TransferReportOptions) {
    this.#options = options;
    this.#phases = phases[options.direction];
    for (const layer of options.direction === "push" ? layers.toReversed() : layers)
      this.#say(layer, this.#isKnown(layer) ? this.#phases.exists : this.#phases.waiting);
    this.#pending = layers.filter((layer) => options.direction === "pull" && !this.#isKnown(layer));
  }

  moving(layer: Descriptor, doneBytes: number): void {
    this.#say(layer, this.#phases.moving, { current: doneBytes, total: layer.size });
  }

  done(layer: Descriptor, outcome: BlobOutcome, mountedFrom?: string): void {
    const { copied, moving, exists } = this.#phases;
    if (outcome === "mounted") this.#say(layer, "mounted", mountedFrom ? { detail: mountedFrom } : {});
    else if (outcome === "copied")
      this.#say(layer, copied, copied === moving ? { current: layer.size, total: layer.size } : {});
    else if (!this.#isKnown(layer)) this.#say(layer, exists);
    if (outcome === "exists") this.#pending = this.#pending.filter(({ digest }) => digest !== layer.digest);
    else this.#arrived.add(layer.digest);
    while (this.#pending[0] && this.#arrived.has(this.#pending[0].digest))
      this.#say(this.#pending.shift()!, "pulled");
  }

  #isKnown({ digest }: Descriptor): boolean {
    return this.#options.known?.has(digest) ?? false;
  }

  #say(
    { digest }: Descriptor,
    phase: ProgressPhase | undefined,
    more: Pick<ProgressEvent, "current" | "total" | "detail"> = {},
  ): void {
    const { progress, names } = this.#options;
    if (phase) progress?.({ id: names?.get(digest) ?? shortDigest(digest), phase, ...more });
  }
}
