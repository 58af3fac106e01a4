import { defaultPath } from "../dockerfile/mod.ts";
import { pairLayers } from "../image/mod.ts";
import { KasaneError, type ProgressListener } from "../lib/mod.ts";
import {
  type Digest,
  familiarReference,
  formatReference,
  type Platform,
  type Reference,
} from "../oci/mod.ts";
import type { LocalImage } from "../store/mod.ts";
import { imageUrl } from "./attest/package-url.ts";
import { digestSet } from "./attest/statement.ts";
import type { BaseImage, BuildOptions } from "./options.ts";
import type { BuildSession } from "./session.ts";
import type { StageImage } from "./stage-image.ts";

/** What stages stand on and copy from that is not a stage. */
export class BaseImages {
  readonly #session: BuildSession;
  /** Seconds; absent where every image keeps its own time. */
  readonly #time: number | undefined;
  readonly #images = new Map<string, Promise<StageImage>>();

  constructor(session: BuildSession, time: number | undefined) {
    this.#session = session;
    this.#time = time;
  }

  scratch(platform: Platform): StageImage {
    return {
      name: "scratch",
      platform,
      layers: [],
      history: [],
      config: { Env: [`PATH=${defaultPath}`], WorkingDir: "/" },
      timeSeconds: this.#time ?? 0,
    };
  }

  /** Found once in a build, whoever asks; held by its lease. The first who asks hears of its layers. */
  image(
    reference: Reference,
    platform: Platform | undefined,
    progress?: ProgressListener,
  ): Promise<StageImage> {
    const key = JSON.stringify([formatReference(reference), platform]);
    let image = this.#images.get(key);
    if (!image) {
      image = this.#find(reference, platform, progress);
      image.catch(() => {});
      this.#images.set(key, image);
    }
    return image;
  }

  /** When everything that was asked for has been found, or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#images.values());
  }

  async #find(
    reference: Reference,
    platform: Platform | undefined,
    progress: ProgressListener | undefined,
  ): Promise<StageImage> {
    const { store, signal, options } = this.#session;
    const wanted = platform ? { platform } : {};
    let found: BaseImage;
    try {
      found = options.resolveBase
        ? await options.resolveBase(reference, {
            ...wanted,
            signal,
            isLazy: (options.cacheFrom ?? []).length > 0,
            ...(progress && { progress }),
          })
        : await store.find(formatReference(reference), wanted);
    } catch (error) {
      this.#session.checkCancelled();
      throw error;
    }
    const { bring } = found;
    if (bring) {
      const brought = once(bring);
      for (const { digest } of found.manifest.layers) this.#session.lazy.add(digest, brought);
    }
    return this.stored(found, {
      name: `image ${familiarReference(reference)}`,
      uri: (facts) => imageUrl(reference, facts),
    });
  }

  /** An image that is in the store; held from now on, and noted as what the build was made of under what `uri` makes of its facts. */
  async stored(
    found: LocalImage,
    { name, uri }: { name: string; uri: (facts: { digest: Digest; platform: Platform }) => string },
  ): Promise<StageImage> {
    const { store, lease } = this.#session;
    await store.meta.leases.hold(lease, [found.record.target, found.raw.digest]);
    const { os, architecture, variant, created, config } = found.config;
    // The digest is what its name stood for: the index, where there is one.
    const { target } = found.record;
    const itsUri = uri({ digest: target, platform: { os, architecture, ...(variant && { variant }) } });
    this.#session.materials.add({ uri: itsUri, digest: digestSet(target) });
    return {
      name,
      base: found,
      platform: { os, architecture, ...(variant ? { variant } : {}) },
      layers: pairLayers(found.manifest, found.config),
      history: [],
      config: config ?? {},
      timeSeconds: this.#time ?? secondsOf(created),
    };
  }
}

/**
 * The time that was asked for, in seconds: `timestamp`, else the argument SOURCE_DATE_EPOCH, where `context` is the time of the commit.
 * @throws KasaneError `usage`
 */
export function buildTime(
  options: Pick<BuildOptions, "timestamp" | "buildArgs">,
  globalArgs: ReadonlyMap<string, string>,
  contextSeconds?: number,
): number | undefined {
  if (options.timestamp !== undefined) return options.timestamp;
  const epoch = options.buildArgs?.SOURCE_DATE_EPOCH ?? globalArgs.get("SOURCE_DATE_EPOCH");
  if (epoch === undefined || epoch === "") return undefined;
  if (/^\d{1,12}$/.test(epoch)) return Number(epoch);
  if (epoch === "context") {
    if (contextSeconds !== undefined) return contextSeconds;
    throw new KasaneError("usage", "SOURCE_DATE_EPOCH=context, but this build context has no time", {
      hint: "a context from git has that of its commit; for others, give the seconds since 1970",
    });
  }
  throw new KasaneError("usage", `SOURCE_DATE_EPOCH is seconds since 1970, not ${JSON.stringify(epoch)}`);
}

/** The epoch for images that do not know when they were made, or claim a time before it. */
function secondsOf(created: string | undefined): number {
  const time = created === undefined ? Number.NaN : Date.parse(created);
  return Number.isFinite(time) ? Math.max(0, Math.floor(time / 1000)) : 0;
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}
