import type { LeaseId } from "../../meta/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { BuiltImage } from "../built-image.ts";
import type { ImageShape } from "../image-shape.ts";

/** Where an output may take from, and put to, while it writes. */
export interface OutputContext {
  readonly store: LocalStore;
  /** Holds everything that was built. */
  readonly lease: LeaseId;
  readonly signal: AbortSignal;
}

/** One place that the image of a build goes to. Outputs are written one after the other, when everything is built. */
export interface BuildOutput {
  /** How the image is to be for it; what is absent is as the build's options have it. */
  readonly shape?: Partial<ImageShape>;
  /** @throws KasaneError, which ends the build */
  write(image: BuiltImage, context: OutputContext): Promise<void>;
}
