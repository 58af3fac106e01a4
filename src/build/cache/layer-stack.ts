import { familiarReference, parseReference } from "../../oci/mod.ts";
import { chainOf } from "../chain.ts";
import type { StageImage } from "../stage-image.ts";
import type { KeyPart } from "./step-key.ts";

/** What files a step stands on or copies from, as far as it takes to say what changed. */
export interface LayerStack {
  /** The image at the bottom; absent for scratch. */
  readonly base?: { readonly name: string; readonly digest: string; readonly chain: string };
  /** What was put on top, the lowest first: what made each layer, and its diffID. */
  readonly own: readonly { readonly cause: string; readonly diffId: string }[];
}

const causeLimit = 120;
const layerLimit = 200;

export function layerStack(image: StageImage): LayerStack {
  const { base, layers, history } = image;
  const baseLayers = base?.config.rootfs.diff_ids.length ?? 0;
  const own = layers.slice(baseLayers);
  const causes = history.filter((entry) => !entry.empty_layer).map((entry) => entry.created_by ?? "");
  return {
    ...(base && {
      base: {
        name: nameOf(image),
        digest: base.raw.digest,
        chain: chainOf(layers.slice(0, baseLayers)),
      },
    }),
    own: own.slice(-layerLimit).map(({ diffId }, index) => ({
      cause: (causes.at(index - Math.min(own.length, layerLimit)) ?? "").slice(0, causeLimit),
      diffId,
    })),
  };
}

/** The files below a step. */
export function layersPart(chain: string, image: () => StageImage): KeyPart {
  return { kind: "layers", name: "", value: chain, layers: () => layerStack(image()) };
}

function nameOf({ base }: StageImage): string {
  const name = base?.record.names[0] ?? base?.record.repoDigests[0];
  return name === undefined ? (base?.id ?? "") : familiarReference(parseReference(name));
}
