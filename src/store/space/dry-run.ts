import type { ImageRecord, ImageRemoval, Removal } from "../../meta/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import type { StoreParts } from "../store-parts.ts";
import { type ForeseenRemoval, foresee, unpackedForNobody } from "./foresee.ts";

/** Removals that are only thought of, each as if those before it had been done: for several calls of remove(), pass them the same one. */
export class DryRun {
  readonly #removals: ImageRemoval[] = [];
  readonly #byTarget = new Map<Digest, ImageRemoval[]>();

  /** What would be left of an image by now; undefined where it would be gone. */
  left(record: ImageRecord): ImageRecord | undefined {
    const removals = this.#byTarget.get(record.target) ?? [];
    const gone = new Set(removals.flatMap(({ names }) => names));
    const names = record.names.filter((name) => !gone.has(name));
    const repoDigests = record.repoDigests.filter((name) => !gone.has(name));
    const isGone =
      names.length + repoDigests.length === 0 && removals.some(({ deleteUnnamed }) => deleteUnnamed);
    return isGone ? undefined : { ...record, names, repoDigests };
  }

  plan(...removals: readonly ImageRemoval[]): void {
    this.#removals.push(...removals);
    for (const removal of removals) {
      const before = this.#byTarget.get(removal.target);
      if (before) before.push(removal);
      else this.#byTarget.set(removal.target, [removal]);
    }
  }

  /** What each of them would do, in order. */
  outcomes(parts: StoreParts): Promise<ForeseenRemoval[]> {
    return foresee(parts, this.#all());
  }

  /** What of unpacked layers a prune would take after all of them, in bytes. */
  unpackedForNobody(parts: StoreParts): Promise<number> {
    return unpackedForNobody(parts, this.#all());
  }

  #all(): Removal[] {
    return this.#removals.map((removal) => ({ kind: "image", ...removal }));
  }

  /** What these would do after all the others. */
  async add(parts: StoreParts, removals: readonly ImageRemoval[]): Promise<ForeseenRemoval[]> {
    const first = this.#removals.length;
    this.plan(...removals);
    return (await this.outcomes(parts)).slice(first);
  }
}
