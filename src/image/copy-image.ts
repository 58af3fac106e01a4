import { type ByteStream, KasaneError, mapConcurrent, type ProgressListener } from "../lib/mod.ts";
import type { Descriptor, Platform, RawManifest } from "../oci/mod.ts";
import { type CopyPlan, planCopy } from "./copy-plan.ts";
import type { BlobOutcome, ImageSink, ImageSource } from "./source.ts";
import { type TransferDirection, TransferReport } from "./transfer-report.ts";

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
  /** Which phases the events have: those of a download (the default), of an upload, of reading an archive. */
  readonly direction?: TransferDirection | undefined;
  /** One line for each layer; its `id` is what `nameLayer` says, or the short digest. */
  readonly progress?: ProgressListener | undefined;
  readonly nameLayer?: ((layer: Descriptor) => Promise<string>) | undefined;
  /**
   * Asked for every blob before the first one moves, so that progress can tell at once which layers are there; and tells nothing at all
   * where everything is. It decides nothing: the sink does.
   */
  readonly isThere?: ((blob: Descriptor) => Promise<boolean>) | undefined;
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
  const report = await reportFor(plan, options);

  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const blobs: Record<BlobOutcome, number> = { copied: 0, exists: 0, mounted: 0 };
  let copiedBytes = 0;

  const put = async (descriptor: Descriptor, isLayer: boolean) => {
    throwIfAborted(signal);
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
        if (isLayer && repository === undefined) report.moving(descriptor, doneBytes);
      },
    );
    blobs[outcome]++;
    if (outcome === "copied") copiedBytes += descriptor.size;
    if (isLayer) report.done(descriptor, outcome, mountedFrom);
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

async function reportFor({ layers, configs }: CopyPlan, options: CopyOptions): Promise<TransferReport> {
  const { direction = "pull", isThere, progress, nameLayer } = options;
  if (!progress) return new TransferReport(layers, { direction });
  const blobs = isThere ? [...layers, ...configs] : [];
  const there = await Promise.all(blobs.map((blob) => isThere!(blob)));
  const known = new Set(blobs.filter((_, index) => there[index]).map(({ digest }) => digest));
  if (blobs.length > 0 && known.size === blobs.length) return new TransferReport(layers, { direction });
  const named = nameLayer ? layers : [];
  const names = await Promise.all(
    named.map(async (layer) => [layer.digest, await nameLayer!(layer)] as const),
  );
  return new TransferReport(layers, { direction, progress, names: new Map(names), known });
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
