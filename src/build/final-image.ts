import { type ComposedImage, changeImage, type ImageLayer, newImage, pairLayers } from "../image/mod.ts";
import { collect } from "../lib/mod.ts";
import {
  type Annotations,
  configLimitBytes,
  type HistoryEntry,
  type ImageConfig,
  type Platform,
} from "../oci/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { finishedConfig, type ImageChanges } from "./image-changes.ts";
import type { StageImage } from "./stage-image.ts";

export interface FinalImageOptions {
  readonly store: LocalStore;
  readonly changes: ImageChanges;
  /** Where it was asked for. */
  readonly platform?: Platform;
  readonly mediaTypes: "oci" | "docker";
  readonly annotations?: Annotations;
}

/** The target stage as an image. Equal stages give equal bytes. */
export async function finalImage(stage: StageImage, options: FinalImageOptions): Promise<ComposedImage> {
  const { store, changes, platform, mediaTypes } = options;
  const config = finishedConfig(stage.config, changes);
  const created = new Date(stage.timeSeconds * 1000).toISOString().replace(".000Z", "Z");
  const common = {
    config,
    created,
    history: changes.omitHistory ? [] : stage.history,
    family: mediaTypes,
    ...(options.annotations && { annotations: options.annotations }),
    ...(stage.author === undefined ? {} : { author: stage.author }),
  };
  const { base } = stage;
  if (!base) return newImage({ ...common, platform: platform ?? stage.platform, layers: stage.layers });
  const bytes = await store.blobs.open(base.manifest.config.digest);
  const whole = changes.omitHistory
    ? withoutHistory(base.config)
    : withWholeHistory(base.config, pairLayers(base.manifest, base.config));
  return changeImage(
    {
      manifest: base.manifest,
      config: stage.isSquashed ? withoutLayers(whole) : whole,
      configBytes: await collect(bytes, configLimitBytes, `the config of ${stage.name}`),
      layers: [],
    },
    { ...common, layers: stage.layers, ...(platform ? { platform } : {}) },
  );
}

/** The base's layers are part of another one: its history stays, but has none. */
function withoutLayers(config: ImageConfig): ImageConfig {
  return { ...config, history: (config.history ?? []).map((entry) => ({ ...entry, empty_layer: true })) };
}

function withoutHistory({ history: _, ...config }: ImageConfig): ImageConfig {
  return config;
}

/** Tools pair history entries and layers by order: a base that has layers without history gets entries for them first. */
function withWholeHistory(config: ImageConfig, layers: readonly ImageLayer[]): ImageConfig {
  const history = config.history ?? [];
  const missing = layers.length - history.filter((entry) => !entry.empty_layer).length;
  if (missing <= 0) return config;
  const entry: HistoryEntry = {
    ...(config.created === undefined ? {} : { created: config.created }),
    comment: "layer of the base image",
  };
  return { ...config, history: [...Array.from({ length: missing }, () => entry), ...history] };
}
