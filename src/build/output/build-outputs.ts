import type { ImageLayer } from "../../image/mod.ts";
import { layerType } from "../../oci/mod.ts";
import type { AttestParts } from "../attest/attest.ts";
import { toldTask, transferParts } from "../build-task.ts";
import { builderSwitch } from "../builder-args.ts";
import { type BuiltImage, composeBuilt, type FinishedPlatform } from "../built-image.ts";
import { checkAnnotations, type ImageShape } from "../image-shape.ts";
import type { BuildOptions, BuildResult } from "../options.ts";
import { distinctPlatforms } from "../platforms.ts";
import type { BuildSession } from "../session.ts";
import type { BuildOutput, OutputContext } from "./build-output.ts";
import { storeOutput } from "./store-output.ts";

/** Where the image of one build goes, each place with the shape that the image has for it. */
export class BuildOutputs {
  readonly #session: BuildSession;
  readonly #isIndex: boolean;
  readonly #outputs: readonly { readonly output: BuildOutput; readonly shape: ImageShape }[];

  /** @throws KasaneError `usage` where an image cannot be as it is to be */
  constructor(session: BuildSession) {
    this.#session = session;
    const { tags = [], outputs = [storeOutput({ names: tags })], platforms, buildArgs } = session.options;
    const usual = usualShape(session.options);
    this.#outputs = outputs.map((output) => ({ output, shape: { ...usual, ...output.shape } }));
    // Several platforms, or one that is to be written down like several.
    this.#isIndex =
      distinctPlatforms(platforms).length > 1 || builderSwitch(buildArgs, "BUILDKIT_MULTI_PLATFORM");
    for (const { shape } of this.#outputs) checkAnnotations(shape, this.#isIndex);
  }

  get #context(): OutputContext {
    const { store, lease, signal } = this.#session;
    return { store, lease, signal };
  }

  /** A layer of the image is there. Nobody hears of one that is made anew at the end, or that may never be given away. */
  foresee({ descriptor }: ImageLayer): void {
    const { options, lazy } = this.#session;
    if (options.squash !== undefined || options.verifyReproducible || lazy.isWaiting(descriptor.digest))
      return;
    const type = layerType(descriptor.mediaType);
    for (const { output, shape } of this.#outputs) {
      const { compression, compressionLevel, forceCompression } = shape;
      const isKept =
        type?.compression === compression &&
        compressionLevel === options.compressionLevel &&
        !forceCompression;
      if (output.foresee && isKept && !type.foreign)
        this.#session.inBackground(output.foresee(descriptor, this.#context));
    }
  }

  /** Outputs of one shape share one image. */
  async write(
    finished: readonly FinishedPlatform[],
    about: Pick<AttestParts, "dockerfile" | "bases">,
  ): Promise<Omit<BuildResult, "buildId">> {
    const session = this.#session;
    const composed = new Map<string, BuiltImage>();
    const compose = async (shape: ImageShape): Promise<BuiltImage> => {
      const key = JSON.stringify(shape);
      const known =
        composed.get(key) ??
        (await composeBuilt(session, finished, shape, { ...about, isIndex: this.#isIndex }));
      composed.set(key, known);
      return known;
    };
    for (const { stage } of finished) await session.need(stage.layers);
    const differences = session.reproducibility?.differences ?? [];
    for (const { output, shape } of differences.length > 0 ? [] : this.#outputs) {
      await toldTask(session.emit, `exporting to ${output.title}`, async (task) => {
        const done = (id: string) => session.emit({ kind: "progress", of: task, part: { id, isDone: true } });
        const image = await compose(shape);
        done("exporting layers");
        session.checkCancelled();
        await output.write(image, { ...this.#context, progress: transferParts(session.emit, task) });
        for (const { image: one } of image.platforms) {
          done(`exporting manifest ${one.raw.digest}`);
          done(`exporting config ${one.configDescriptor.digest}`);
        }
        if (this.#isIndex) done(`exporting manifest list ${image.root.digest}`);
      });
    }
    const built = await compose(this.#outputs[0]!.shape);
    await this.#exportCaches(built, finished);
    const { root, descriptor, platforms, attestations } = built;
    const { image } = platforms[0]!;
    return {
      raw: root,
      descriptor,
      platforms,
      attestations,
      manifest: image.manifest,
      config: image.config,
      id: image.configDescriptor.digest,
      tags: session.options.tags ?? [],
      differences,
      steps: session.steps,
    };
  }

  async #exportCaches({ platforms }: BuiltImage, finished: readonly FinishedPlatform[]): Promise<void> {
    const { cacheTo = [] } = this.#session.options;
    if (cacheTo.length === 0) return;
    const layers = platforms.flatMap(({ image: { manifest } }) => manifest.layers);
    const own = finished.flatMap(({ stage }) => stage.layers.map((layer) => layer.descriptor));
    const final = new Set([...layers, ...own].map(({ digest }) => digest));
    const { exportCaches } = await import("../cache/export-cache.ts");
    await exportCaches(this.#session, cacheTo, final);
  }
}

/** Of an output that asks for none of its own. */
export function usualShape(options: BuildOptions): ImageShape {
  const { compression, compressionLevel, forceCompression = false, mediaTypes, annotations } = options;
  return {
    mediaTypes: mediaTypes ?? "oci",
    compression: compression ?? "gzip",
    compressionLevel,
    forceCompression,
    annotations: annotations ?? [],
  };
}
