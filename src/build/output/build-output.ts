import type { ProgressListener } from "../../lib/mod.ts";
import type { LeaseId } from "../../meta/mod.ts";
import type { Descriptor } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { BuiltImage } from "../built-image.ts";
import type { ImageShape } from "../image-shape.ts";

/** Where an output may take from, and put to, while it writes. */
export interface OutputContext {
  readonly store: LocalStore;
  /** Holds everything that was built. */
  readonly lease: LeaseId;
  readonly signal: AbortSignal;
  /** Hears of layers on their way. */
  readonly progress?: ProgressListener;
}

/** One place that the image of a build goes to. Outputs are written one after the other, when everything is built. */
export interface BuildOutput {
  /** What the image becomes there, in BuildKit's words: `image`, `oci image format`. */
  readonly title: string;
  /** How the image is to be for it; what is absent is as the build's options have it. */
  readonly shape?: Partial<ImageShape>;
  /**
   * For places that are far away: hears of a layer of the image as soon as it is in the store, while later steps run. The build waits for
   * it nowhere but at its end, and a failure is none: write() puts there what is missing. Not every layer is told of.
   */
  readonly foresee?: (layer: Descriptor, context: OutputContext) => Promise<void>;
  /** @throws KasaneError, which ends the build */
  write(image: BuiltImage, context: OutputContext): Promise<void>;
}
