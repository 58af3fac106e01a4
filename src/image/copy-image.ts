import {
  type ByteStream,
  KasaneError,
  mapConcurrent,
  type ProgressListener,
  type ProgressPhase,
} from "../lib/mod.ts";
import { type Descriptor, type Platform, type RawManifest, shortDigest } from "../oci/mod.ts";
import { planCopy } from "./copy-plan.ts";
import type { BlobOutcome, ImageSink, ImageSource } from "./source.ts";

export interface CopyOptions {
  /**
   * `all`: everything the root names, its digest kept. One platform, or absent for the host's: the manifest for it becomes the
   * root, as in `docker pull`; attestations stay behind. Several: an index of just them becomes the root.
   */
  readonly platforms?: "all" | readonly Platform[] | undefined;
  /** Whether children of an index that the source does not have are an error (the default) or left out. */
  readonly missingChildren?: "fail" | "skip" | undefined;
  /** Blobs on their way at the same time; 4 when absent. */
  readonly jobs?: number | undefined;
  /** Which phases the events have: those of a download (the default) or of an upload. */
  readonly direction?: "pull" | "push" | undefined;
  /** One line for each layer; its `id` is the short digest. */
  readonly progress?: ProgressListener | undefined;
  /** Ends the copy with `cancelled`. */
  readonly signal?: AbortSignal | undefined;
}

export interface CopyResult {
  /** The root as the source has it. */
  readonly sourceRoot: RawManifest;
  /** The root that was put: the same, or what was chosen out of it. */
  readonly root: RawManifest;
  /** Blobs by what became of them. */
  readonly blobs: Readonly<Record<BlobOutcome, number>>;
  /** Bytes of the blobs that were copied. */
  readonly copiedBytes: number;
}

const phases = {
  pull: { waiting: "waiting", moving: "downloading", copied: "pulled", exists: "exists" },
  push: { waiting: "preparing", moving: "pushing", copied: "pushed", exists: "pushed-exists" },
} as const satisfies Record<string, Record<string, ProgressPhase>>;

/**
 * Copies an image: blobs side by side, each once, then manifests, the root last. The first failure ends what is under way;
 * what arrived whole stays where it is, and the next copy finds it there.
 * @throws KasaneError of the source or sink; `not-found` when there is nothing for a platform
 */
export async function copyImage(
  source: ImageSource,
  sink: ImageSink,
  options: CopyOptions = {},
): Promise<CopyResult> {
  const jobs = options.jobs ?? 4;
  const plan = await planCopy(source, { ...options, jobs });
  const phase = phases[options.direction ?? "pull"];
  const report = options.progress ?? (() => {});
  for (const layer of plan.layers) report({ id: shortDigest(layer.digest), phase: phase.waiting });

  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const blobs: Record<BlobOutcome, number> = { copied: 0, exists: 0, mounted: 0 };
  let copiedBytes = 0;

  const put = async (descriptor: Descriptor, isLayer: boolean) => {
    throwIfAborted(signal);
    const id = shortDigest(descriptor.digest);
    let mountedFrom: string | undefined;
    const outcome = await sink.putBlob(
      descriptor,
      async (offset = 0) => {
        throwIfAborted(signal);
        const range = offset > 0 ? { start: offset } : undefined;
        return stoppable(await source.blob(descriptor, range), signal);
      },
      (doneBytes, repository) => {
        mountedFrom = repository ?? mountedFrom;
        if (isLayer && repository === undefined)
          report({ id, phase: phase.moving, current: doneBytes, total: descriptor.size });
      },
    );
    blobs[outcome]++;
    if (outcome === "copied") copiedBytes += descriptor.size;
    if (!isLayer) return;
    if (outcome === "mounted") {
      report({ id, phase: "mounted", ...(mountedFrom ? { detail: mountedFrom } : {}) });
    } else report({ id, phase: phase[outcome] });
  };

  const work = [
    ...plan.layers.map((layer) => [layer, true] as const),
    ...plan.configs.map((config) => [config, false] as const),
  ];
  await mapConcurrent(work, jobs, async ([descriptor, isLayer]) => {
    try {
      await put(descriptor, isLayer);
    } catch (error) {
      failed.abort();
      throw error;
    }
  });
  throwIfAborted(signal);
  for (const child of plan.children) await sink.putManifest(child, { isRoot: false });
  throwIfAborted(signal);
  await sink.putManifest(plan.root, { isRoot: true });
  return { sourceRoot: plan.sourceRoot, root: plan.root, blobs, copiedBytes };
}

/** The stream, until the copy is over for another reason: then also a source that stands still is let go. */
function stoppable(stream: ByteStream, signal: AbortSignal): ByteStream {
  const reader = stream.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        throwIfAborted(signal);
        if (!done) return controller.enqueue(value);
        signal.removeEventListener("abort", stop);
        controller.close();
      },
      async cancel() {
        signal.removeEventListener("abort", stop);
        await reader.cancel();
      },
    },
    { highWaterMark: 0 },
  );
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new KasaneError("cancelled", "the copy was cancelled");
}
