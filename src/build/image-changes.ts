import { withEnv } from "../dockerfile/mod.ts";
import type { RuntimeConfig } from "../oci/mod.ts";
import type { StageImage } from "./stage-image.ts";

/** What the caller of a build changes of its image's configuration, beside the Dockerfile. */
export interface ImageChanges {
  /** Each stage begins with it; ENV goes over it. */
  readonly env?: Readonly<Record<string, string>>;
  /** False: labels of base images are left behind. */
  readonly inheritLabels?: boolean;
  /** Set on the result, over those of the Dockerfile. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Not in the result, wherever they come from. */
  readonly unsetEnv?: readonly string[];
  readonly unsetLabels?: readonly string[];
  /** The result says nothing of how it was made. */
  readonly omitHistory?: boolean;
}

/** An image that a stage stands on, with what the stage is to begin with. */
export function startingImage(
  image: StageImage,
  { env = {}, inheritLabels = true }: ImageChanges,
): StageImage {
  const pairs = Object.entries(env);
  if (pairs.length === 0 && inheritLabels) return image;
  const { Labels, ...rest } = image.config;
  const Env = pairs.reduce((list, [name, value]) => withEnv(list, name, value), rest.Env ?? []);
  return {
    ...image,
    config: { ...rest, ...(Env.length > 0 && { Env }), ...(inheritLabels && Labels && { Labels }) },
  };
}

/** The configuration of the target stage as the image has it. */
export function finishedConfig(config: RuntimeConfig, changes: ImageChanges): RuntimeConfig {
  const { labels = {}, unsetEnv = [], unsetLabels = [] } = changes;
  let changed = config;
  if (Object.keys(labels).length > 0) changed = { ...changed, Labels: { ...changed.Labels, ...labels } };
  if (unsetLabels.length > 0) {
    const { Labels, ...rest } = changed;
    const kept = Object.entries(Labels ?? {}).filter(([name]) => !unsetLabels.includes(name));
    changed = kept.length > 0 ? { ...rest, Labels: Object.fromEntries(kept) } : rest;
  }
  if (unsetEnv.length === 0) return changed;
  const Env = (changed.Env ?? []).filter((entry) => !unsetEnv.includes(entry.split("=")[0]!));
  return { ...changed, Env };
}
