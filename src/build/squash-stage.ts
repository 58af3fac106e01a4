import type { ImageLayer } from "../image/mod.ts";
import { squashLayers } from "../layer/mod.ts";
import type { HistoryEntry } from "../oci/mod.ts";
import { setting } from "./cache/step-key.ts";
import { chainOf } from "./chain.ts";
import { historyComment } from "./history.ts";
import type { BuildSession } from "./session.ts";
import type { StageImage } from "./stage-image.ts";

/**
 * The stage with its new layers, or all of them, as one. The history keeps every instruction, and the layer is that of a last entry, as
 * docker has it.
 */
export async function squashStage(
  session: BuildSession,
  stage: StageImage,
  scope: "new" | "all",
): Promise<StageImage> {
  const { layers, history, timeSeconds } = stage;
  const from = scope === "all" ? 0 : (stage.base?.manifest.layers.length ?? 0);
  const squashed = layers.slice(from);
  if (squashed.length < 2) return stage;
  const layer = await squashedLayer(session, layers, from);
  const entry: HistoryEntry = {
    created: new Date(timeSeconds * 1000).toISOString().replace(".000Z", "Z"),
    created_by: `squash of ${squashed.length} layers`,
    comment: historyComment,
  };
  return {
    ...stage,
    layers: [...layers.slice(0, from), layer],
    history: [...history.map((one) => ({ ...one, empty_layer: true })), entry],
    ...(from === 0 && stage.base ? { isSquashed: true } : {}),
  };
}

async function squashedLayer(
  session: BuildSession,
  layers: readonly ImageLayer[],
  from: number,
): Promise<ImageLayer> {
  const parts = [setting("layers", [chainOf(layers), layers.length - from])];
  const key = { form: "squash/2", parts };
  const known = await session.cache.get(key);
  if (known && known !== "none") return known;
  const made = await session.cache.once(key, () =>
    session.work(async () => {
      const readable = await Promise.all(
        layers.map(async (layer) => ({
          index: await session.index(layer),
          open: () => session.store.blobs.open(layer.descriptor.digest),
        })),
      );
      const written = await session.store.writeLayer(
        { entries: squashLayers(readable, from) },
        session.layerOptions,
      );
      session.knowIndex(written.index);
      return { descriptor: written.descriptor, diffId: written.diffId };
    }),
  );
  await session.cache.put(key, made, `squash of ${layers.length - from} layers`);
  return made;
}
